//! One example of every kind of what happens in a box and around an attempt.

use std::collections::BTreeMap;

use scorecards::event::{
    Artefact, By, CheckRun, CommandRun, EndReason, FileChanged, FileSaved, Gift, Kind, Mode, PauseReason, Purpose,
    RecordingLoss, Verdict,
};

fn artefact(letter: &str) -> Artefact {
    Artefact(letter.repeat(64))
}

/// All of them, in the order of [`Kind`].
pub fn all() -> Vec<Kind> {
    vec![
        Kind::AttemptStarted { lab: "nginx-port-taken".into(), version: "5f2c".into(), mode: Mode::Practice },
        Kind::AttemptQueued { place: 3 },
        Kind::SandboxReady { took_ms: 1834, warm: false },
        Kind::SandboxFailed { reason: "The machine is full.".into() },
        Kind::AttemptEnded { reason: EndReason::Finished },
        Kind::AttemptStopped { why: "Whoever runs this installation has ended this attempt.".into() },
        Kind::CommandRun(CommandRun {
            run: 7,
            parent: Some(3),
            by: By::Terminal(1),
            host: None,
            exe: "/usr/sbin/nginx".into(),
            argv: vec!["nginx".into(), "-t".into()],
            cut: false,
            cwd: "/root".into(),
            uid: 0,
            pristine: true,
        }),
        Kind::CommandEnded { run: 7, code: Some(0) },
        Kind::LineTyped { terminal: 1, text: "nginx -t".into() },
        Kind::TerminalOpened { terminal: 1 },
        Kind::TerminalClosed { terminal: 1 },
        Kind::BoxStarted { boot: 1, host: None },
        Kind::BoxEnded { boot: 1, host: None },
        Kind::CoverageLost { count: 4 },
        Kind::CheckRun(CheckRun {
            check: "site-answers".into(),
            closing: true,
            verdict: Verdict::Passed,
            feedback: "The site answers.".into(),
            observation: serde_json::json!({ "status": 200 }),
        }),
        Kind::CheckOverruled { check: "site".into(), case: "a case".into(), reason: artefact("e") },
        Kind::AttemptRescored { from: "e3b0".into(), to: "c442".into() },
        Kind::HintTaken { hint: 1 },
        Kind::AnswersHandedIn { answers: BTreeMap::from([("which".into(), vec!["this".into(), "that".into()])]) },
        Kind::FileChanged(FileChanged {
            path: "/etc/nginx/nginx.conf".into(),
            before: Some(artefact("a")),
            after: Some(artefact("b")),
            run: Some(7),
        }),
        Kind::FileSaved(FileSaved {
            host: Some("web".into()),
            path: "/etc/nginx/nginx.conf".into(),
            before: Some(artefact("a")),
            after: artefact("b"),
            as_root: true,
        }),
        Kind::PreviewOpened { host: None, port: 80 },
        Kind::BoxReset {},
        Kind::SnapshotKept { host: Some("db".into()), artefact: artefact("e"), bytes: 48_213, left_out: 1 },
        Kind::SnapshotLost { host: None, why: "it took longer than 40 seconds".into() },
        Kind::NoteAdded { purpose: Purpose::Closing, text: artefact("c") },
        Kind::HypothesisStated { hypothesis: 1, text: artefact("d") },
        Kind::HypothesisSettled { hypothesis: 1, confirmed: true },
        Kind::AttemptPaused { why: PauseReason::Idle },
        Kind::AttemptResumed { paused_ms: 3_600_000 },
        Kind::TimeExtended { minutes: 15 },
        Kind::TimeGivenBack { ms: 42_000, why: Gift::ServerAway },
        Kind::TimeWarned { left_ms: 599_000 },
        Kind::RecordingLost { terminal: 1, why: RecordingLoss::NotFetched },
        Kind::WatchBegan {},
        Kind::WatchEnded {},
        Kind::WatchersMayType { allowed: true },
    ]
}
