//! What is left where something is missing: the site runs, and says why the rest can't.

use std::process::Command;

use http::StatusCode;
use tests::{
    http::Client,
    server::{Server, program},
};

#[tokio::test]
async fn without_docker_everything_but_labs_works_and_labs_say_why() {
    let server = Server::demo_with(&[("DOCKER_HOST", "unix:///nonexistent/docker.sock")]);
    let person = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let home = person.get("/").await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.body.contains("Labs can") && home.body.contains("Docker"), "{}", home.body);
    let lab = person.get("/labs/nginx-port-conflict").await;
    assert_eq!(lab.status, StatusCode::OK);
    assert!(lab.body.contains("Docker"), "{}", lab.body);
    let start = person.post("/labs/nginx-port-conflict/start", "").await;
    assert_eq!(start.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(start.body.contains("Docker"), "{}", start.body);
}

#[test]
fn the_doctor_names_what_is_missing_and_how_to_mend_it() {
    let data = tempfile::tempdir().expect("a directory");
    let output = Command::new(program())
        .arg("doctor")
        .env("BELAY_DATA", data.path())
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .env("BELAY_CATALOG", data.path().join("nothing-here"))
        .current_dir(data.path())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "without labs Belay cannot run: {said}");
    for words in ["MISSING  labs", "lacking  docker", "apt-get install docker.io", "ok       database"] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
}

#[test]
fn the_demo_is_refused_where_others_could_reach_it() {
    let data = tempfile::tempdir().expect("a directory");
    let output = Command::new(program())
        .args(["serve", "--demo", "--listen", "0.0.0.0:0"])
        .env("BELAY_DATA", data.path())
        .current_dir(data.path())
        .output()
        .expect("the program runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a loopback address"));
}

#[tokio::test]
async fn the_first_admin_is_added_on_the_command_line_and_signs_in_with_a_password() {
    use std::io::Write;
    let server = Server::demo();
    let data = server.database().parent().expect("a directory").to_path_buf();
    let mut adding = Command::new(program())
        .args(["user", "add", "grace", "--role", "admin"])
        .env("BELAY_DATA", &data)
        .current_dir(&data)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the program runs");
    adding.stdin.take().expect("its input").write_all(b"correct horse battery\n").expect("a password");
    assert!(adding.wait().expect("it ends").success());

    let person = Client::new(&server.url());
    let wrong = person.post("/signin", "login=grace&password=wrong").await;
    assert!(wrong.location().starts_with("/signin?problem=wrong"), "{}", wrong.location());
    let right =
        person.post("/signin", "login=Grace&password=correct+horse+battery&next=%2Flabs%2Fnginx-port-conflict").await;
    assert_eq!(right.location(), "/labs/nginx-port-conflict");
    assert_eq!(person.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let server = Server::demo();
    let guesser = Client::new(&server.url());
    let mut last = String::new();
    for _ in 0..12 {
        last = guesser.post("/signin", "login=grace&password=guess").await.location().to_string();
    }
    assert!(last.starts_with("/signin?problem=slow"), "{last}");
}
