//! Accounts: who gets in, who does not, and what they are told.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::sync::Arc;

use chrono::TimeDelta;
use platform::{Error, NewUser, Parts, Platform, Settings, SignInError, access::Role, clock::ManualClock};
use rstest::rstest;
use support::{Database, Engine, clock_and_ids, fake::Shared, lab};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

struct Bench {
    platform: Platform,
    clock: Arc<ManualClock>,
    database: Database,
}

impl Bench {
    async fn new(demo: bool) -> Self {
        let database = Database::new(Engine::Sqlite).await.unwrap();
        let (platform, clock) = platform_on(&database, demo).await;
        Self { platform, clock, database }
    }

    async fn add(&self, login: &str, role: Role) -> platform::Result<Uuid> {
        let (login, name, password) = (login.to_string(), "Maya Lindqvist".to_string(), PASSWORD.to_string());
        Ok(self.platform.add_user(NewUser { login, name, role, password }).await?.id)
    }
}

async fn platform_on(database: &Database, demo: bool) -> (Platform, Arc<ManualClock>) {
    let (clock, ids) = clock_and_ids(1);
    let platform = Platform::new(Parts {
        store: database.store().await,
        clock: clock.clone(),
        ids,
        catalog: lab::catalog(),
        role: lab::role(),
        engine: Arc::new(Shared(Arc::default())),
        instance: "test".into(),
        data: std::env::temp_dir(),
        settings: Settings { demo, ..Settings::default() },
    });
    (platform, clock)
}

#[tokio::test]
async fn login_and_password_belong_together() {
    let bench = Bench::new(false).await;
    let maya = bench.add("Maya.L", Role::Learner).await.unwrap();
    for login in ["maya.l", "MAYA.L", " maya.l "] {
        let viewer = bench.platform.sign_in(login, PASSWORD, None).await.unwrap();
        assert_eq!((viewer.id, viewer.name.as_str(), viewer.role), (maya, "Maya Lindqvist", Role::Learner));
    }
    for (login, password) in [("maya.l", "wrong"), ("nobody", PASSWORD), ("", ""), ("may\0a", PASSWORD), ("maya.l", "")]
    {
        let refused = bench.platform.sign_in(login, password, None).await;
        assert!(matches!(refused, Err(SignInError::Wrong)), "{login:?}: {refused:?}");
    }
    assert_eq!(bench.platform.viewer(maya).await.unwrap().unwrap().id, maya);
    assert_eq!(bench.platform.viewer(Uuid::nil()).await.unwrap(), None);
}

#[tokio::test]
async fn guessing_is_slow_and_says_for_how_long() {
    let bench = Bench::new(false).await;
    bench.add("maya", Role::Learner).await.unwrap();
    for _ in 0..6 {
        assert!(matches!(bench.platform.sign_in("maya", "guess", None).await, Err(SignInError::Wrong)));
    }
    let slow = bench.platform.sign_in("Maya", PASSWORD, None).await.unwrap_err();
    assert_eq!(slow.to_string(), "Too many tries. Wait 20 seconds, then try again.");
    bench.clock.advance(TimeDelta::seconds(20));
    bench.platform.sign_in("maya", PASSWORD, None).await.unwrap();
}

#[rstest]
#[case("m", "Maya", PASSWORD, "2 to 64 characters")]
#[case("maya lindqvist", "Maya", PASSWORD, "letters a to z")]
#[case("maya", "", PASSWORD, "1 to 80 characters")]
#[case("maya", "Maya", "short", "12 characters or more")]
#[case("taken", "Maya", PASSWORD, "\"taken\" is taken")]
#[tokio::test]
async fn who_can_not_be_added_is_told_why(
    #[case] login: &str,
    #[case] name: &str,
    #[case] password: &str,
    #[case] words: &str,
) {
    let bench = Bench::new(false).await;
    bench.add("taken", Role::Learner).await.unwrap();
    let new = NewUser { login: login.into(), name: name.into(), role: Role::Learner, password: password.into() };
    assert!(!format!("{new:?}").contains(password), "a password is not for the log");
    match bench.platform.add_user(new).await {
        Err(Error::Conflict(text)) => assert!(text.contains(words), "{text}"),
        unexpected => panic!("{unexpected:?}"),
    }
}

#[tokio::test]
async fn a_candidate_does_not_sign_in() {
    let bench = Bench::new(false).await;
    let guest = bench.add("guest", Role::Candidate).await.unwrap();
    assert!(matches!(bench.platform.sign_in("guest", PASSWORD, None).await, Err(SignInError::Wrong)));
    assert_eq!(bench.platform.viewer(guest).await.unwrap(), None);
}

#[tokio::test]
async fn demo_people_get_in_without_a_password_in_a_demo() {
    let bench = Bench::new(true).await;
    bench.platform.seed_demo().await.unwrap();
    bench.platform.seed_demo().await.unwrap();
    let people = bench.platform.demo_people();
    let roles: Vec<Role> = people.iter().map(|person| person.role).collect();
    assert_eq!(roles, [Role::Learner, Role::Learner, Role::Manager, Role::Interviewer, Role::Author, Role::Admin]);
    for person in &people {
        assert_eq!(bench.platform.sign_in_demo(person.id).await.unwrap(), *person);
    }
    assert!(matches!(bench.platform.sign_in("maya", "", None).await, Err(SignInError::Wrong)), "it has no password");
    let real = bench.add("real", Role::Admin).await.unwrap();
    assert!(matches!(bench.platform.sign_in_demo(real).await, Err(SignInError::Wrong)), "a real person is none");
}

#[tokio::test]
async fn demo_people_are_nobody_when_it_is_no_demo() {
    let bench = Bench::new(true).await;
    bench.platform.seed_demo().await.unwrap();
    let person = bench.platform.demo_people().remove(0);
    let (platform, _) = platform_on(&bench.database, false).await;
    assert_eq!(platform.demo_people(), []);
    assert!(matches!(platform.sign_in_demo(person.id).await, Err(SignInError::Wrong)));
    assert_eq!(platform.viewer(person.id).await.unwrap(), None, "an old session ends");
    assert!(matches!(platform.seed_demo().await, Err(Error::Forbidden)));
}
