//! Opening a database.

use platform::store::{Store, StoreError, users};
use rstest::rstest;

use super::{Bench, support::Engine};

#[rstest]
#[tokio::test]
async fn opening_again_keeps_all(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    bench.store.ping().await.unwrap();
    bench.store.close().await;
    let again = bench.database.store().await;
    assert!(users::by_login(&again, "maya").await.unwrap().is_some());
}

#[rstest]
#[case("mysql://belay:hunter2@db/belay")]
#[case("sqlite::memory:")]
#[case("sqlite:")]
#[case("")]
#[case("postgres://host:notaport/belay?password=hunter2")]
#[tokio::test]
async fn an_address_that_is_none_is_said_without_its_password(#[case] url: &str) {
    let error = Store::connect(url).await.unwrap_err();
    assert!(matches!(error, StoreError::Address(_)), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_plain_path_is_an_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/belay.db");
    let store = Store::connect(path.to_str().unwrap()).await.unwrap();
    assert_eq!(store.engine(), "SQLite");
    assert!(path.exists());
}

#[test]
fn migrations_are_twins() {
    let names = |engine: &str| {
        let folder = format!("{}/../../migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
