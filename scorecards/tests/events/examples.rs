//! One example, at least, of every kind of every family. Whoever adds a kind adds an example.

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::event::{Artefact, work::*};
use uuid::Uuid;

/// A moment, so many hours after 2026-03-02 09:00 UTC.
fn hour(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_442_000, 0).expect("a moment") + TimeDelta::hours(number)
}

fn artefact() -> Artefact {
    Artefact("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into())
}

/// Somebody, as an opaque id.
fn person() -> Uuid {
    Uuid::from_u128(0x5a)
}

/// All of them, in the order of the families.
pub fn all() -> Vec<Work> {
    let mut all: Vec<Work> = Vec::new();
    all.extend(roster().into_iter().map(Work::from));
    all.extend(alert().into_iter().map(Work::from));
    all.extend(incident().into_iter().map(Work::from));
    all.extend(ticket().into_iter().map(Work::from));
    all.extend(change().into_iter().map(Work::from));
    all.extend(runbook().into_iter().map(Work::from));
    all.extend(monitor().into_iter().map(Work::from));
    all.extend(patch().into_iter().map(Work::from));
    all.extend(vulnerability().into_iter().map(Work::from));
    all.extend(backup().into_iter().map(Work::from));
    all.extend(restore().into_iter().map(Work::from));
    all.extend(drift().into_iter().map(Work::from));
    all.extend(pull_request().into_iter().map(Work::from));
    all.extend(automation().into_iter().map(Work::from));
    all.extend(survey().into_iter().map(Work::from));
    all.extend(plan().into_iter().map(Work::from));
    all.extend(rating().into_iter().map(Work::from));
    all.extend(attested().into_iter().map(Work::from));
    all
}

fn roster() -> Vec<Roster> {
    vec![
        Roster::PersonJoined { post: "infrastructure".into() },
        Roster::OnCallScheduled { shift: "week-10".into(), from: hour(0), until: hour(168), understaffed: true },
        Roster::OnCallCancelled { shift: "week-10".into() },
        Roster::AbsenceRecorded { absence: "leave-1".into(), from: hour(0), until: hour(48) },
        Roster::AbsenceCancelled { absence: "leave-1".into() },
        Roster::TeamUnderstaffed { shortage: "flu".into(), from: hour(0), until: hour(72) },
    ]
}

fn alert() -> Vec<Alert> {
    let alert = || "alert-1".to_string();
    vec![
        Alert::AlertFired {
            alert: alert(),
            severity: Severity::High,
            rule: Some("disk-full".into()),
            service: Some("files".into()),
        },
        Alert::PageDelivered { alert: alert() },
        Alert::AlertAcknowledged { alert: alert(), automatic: false, channel: Some("phone".into()), watched: true },
        Alert::AlertLookedInto { alert: alert() },
        Alert::AlertReassigned { alert: alert(), reason: HandOn::WrongTeam, accepted: true },
        Alert::AlertResolved { alert: alert(), automatic: true },
        Alert::AlertTagged { alert: alert(), actionable: false },
    ]
}

fn incident() -> Vec<Incident> {
    let incident = || "incident-1".to_string();
    vec![
        Incident::IncidentOpened { incident: incident(), severity: Severity::Medium, alert: Some("alert-1".into()) },
        Incident::IncidentSeveritySet { incident: incident(), severity: Severity::Critical },
        Incident::ScopeLimitReached { incident: incident(), sign: "data-loss".into() },
        Incident::EscalationSent {
            incident: incident(),
            to: "database-team".into(),
            told: vec![Told::Impact, Told::Changed, Told::Failing, Told::Tried],
        },
        Incident::EscalationAccepted { incident: incident() },
        Incident::EscalationJudged { incident: incident(), needed: true },
        Incident::IncidentResolved { incident: incident() },
    ]
}

fn ticket() -> Vec<Ticket> {
    let ticket = || "ticket-1".to_string();
    vec![
        Ticket::TicketOpened {
            ticket: ticket(),
            requester: "r-17".into(),
            matter: Some("dns".into()),
            preapproved: false,
        },
        Ticket::TicketTriaged { ticket: ticket(), complexity: Complexity::M, risk: Risk::Medium },
        Ticket::TicketAssigned { ticket: ticket() },
        Ticket::TicketApproved { ticket: ticket() },
        Ticket::TicketActedOn { ticket: ticket(), privileged: true },
        Ticket::TicketEvidenceAdded { ticket: ticket(), artefact: artefact(), recorded: true },
        Ticket::TicketNoted { ticket: ticket(), fields: vec!["asked".into(), "done".into(), "verified".into()] },
        Ticket::TicketClosed { ticket: ticket(), reason: Some("done".into()), audit: Audit::Human },
        Ticket::TicketReviewed { ticket: ticket(), passed: true },
        Ticket::TicketReopened { ticket: ticket(), reason: Return::MissingStep },
        Ticket::TicketFollowedUp { ticket: ticket(), by: "ticket-2".into(), reason: Return::Error },
    ]
}

fn change() -> Vec<Change> {
    let change = || "change-1".to_string();
    let capture = || Capture { command: "nginx -t".into(), recording: artefact(), taken: Some(hour(1)) };
    vec![
        Change::ChangeProposed { change: change(), risk: Risk::Low },
        Change::ChangeClassified { change: change(), risk: Risk::Medium },
        Change::ChangePlanned { change: change(), plan: artefact() },
        Change::ChangeRollbackPlanned { change: change(), plan: artefact() },
        Change::ChangeApproved { change: change() },
        Change::ChangePrechecked { change: change(), capture: capture() },
        Change::ChangeStarted { change: change() },
        Change::ChangeFinished { change: change() },
        Change::ChangePostchecked { change: change(), capture: Capture { taken: None, ..capture() } },
        Change::ChangeRolledBack { change: change(), by_choice: true },
        Change::ChangeCausedIncident { change: change(), incident: "incident-1".into(), began: hour(2) },
        Change::ChangeHotfixed { change: change(), hotfix: "change-2".into() },
        Change::ChangeRecordLost { change: change() },
    ]
}

fn runbook() -> Vec<Runbook> {
    let (item, runbook) = (|| "alert-1".to_string(), || "disk-full".to_string());
    let (step, revision) = (|| "grow".to_string(), || "disk-full-7".to_string());
    vec![
        Runbook::RunbookMatched { item: item(), runbook: runbook(), mandatory: vec!["look".into(), step()] },
        Runbook::RunbookMissing { item: "alert-2".into() },
        Runbook::RunbookOpened { item: item(), runbook: runbook() },
        Runbook::RunbookStepTicked { item: item(), runbook: runbook(), step: step() },
        Runbook::ActionTaken { item: item(), step: Some(Step { runbook: runbook(), step: step() }), changes: true },
        Runbook::ActionTaken { item: item(), step: None, changes: false },
        Runbook::RunbookDeviated { item: item(), runbook: runbook(), step: step(), reason: artefact() },
        Runbook::RunbookDeviationReviewed { item: item(), runbook: runbook(), step: step(), agreed: true },
        Runbook::RunbookFeedbackGiven { item: item(), runbook: runbook(), feedback: Feedback::NoUpdateNeeded },
        Runbook::RunbookFeedbackGiven { item: item(), runbook: runbook(), feedback: Feedback::Updated(revision()) },
        Runbook::RunbookRecordLost { item: item() },
        Runbook::RevisionProposed { runbook: runbook(), revision: revision(), diff: artefact() },
        Runbook::RevisionReviewed { runbook: runbook(), revision: revision(), substance: Substance::Command },
        Runbook::RevisionMerged { runbook: runbook(), revision: revision() },
        Runbook::RevisionUsed { runbook: runbook(), revision: revision() },
    ]
}

fn monitor() -> Vec<Monitor> {
    let (monitor, area) = (|| "disk-alert".to_string(), || "files".to_string());
    vec![
        Monitor::MonitorProposed { monitor: monitor(), sort: Sort::AlertRule },
        Monitor::MonitorOwned { monitor: monitor(), owner: "t-3".into() },
        Monitor::MonitorLinked { monitor: monitor(), runbook: "disk-full".into() },
        Monitor::MonitorTested { monitor: monitor(), passed: true },
        Monitor::MonitorMerged { monitor: monitor() },
        Monitor::MonitorAlerted { monitor: monitor(), actionable: true },
        Monitor::AreaFrozen { area: area(), services: vec!["nfs".into(), "samba".into()] },
        Monitor::AlertRuleChanged { area: area(), rule: "disk-full".into(), diff: artefact() },
        Monitor::RulesReplayed { area: area(), incidents: 4, caught: 4 },
        Monitor::DeployFreezeDeclared { area: area(), from: hour(0), until: hour(240) },
    ]
}

fn patch() -> Vec<Patch> {
    let assignment = || "web-1/2026-03".to_string();
    vec![
        Patch::PatchAssigned {
            assignment: assignment(),
            system: "web-1".into(),
            level: "2026-03".into(),
            ring: Ring::Production,
            due: hour(336),
        },
        Patch::PatchApplied { assignment: assignment(), package: "openssl".into(), version: "3.0.17-1".into() },
        Patch::PatchRebooted { assignment: assignment() },
        Patch::PatchScanned { assignment: assignment(), at_level: true, reboot_pending: false },
        Patch::PatchVerified { assignment: assignment(), healthy: true },
        Patch::PatchExcepted { assignment: assignment(), approver: person(), until: hour(900), reason: artefact() },
    ]
}

fn vulnerability() -> Vec<Vulnerability> {
    let finding = || "finding-1".to_string();
    vec![
        Vulnerability::VulnerabilityAssigned { finding: finding(), severity: Severity::High, due: hour(336) },
        Vulnerability::VulnerabilityBlocked { finding: finding(), waits_on: "vendor".into(), evidence: artefact() },
        Vulnerability::VulnerabilityUnblocked { finding: finding() },
        Vulnerability::VulnerabilityFixed { finding: finding() },
        Vulnerability::VulnerabilityRescanned { finding: finding(), clean: true },
        Vulnerability::VulnerabilityDeferred {
            finding: finding(),
            reason: artefact(),
            approver: person(),
            until: Some(hour(900)),
        },
    ]
}

fn backup() -> Vec<Backup> {
    let run = || "nightly-1".to_string();
    vec![
        Backup::BackupScheduled { run: run(), job: "nightly".into(), grace_minutes: Some(240) },
        Backup::BackupFinished { run: run(), code: 0, bytes: 1_048_576, repository_check: Some(true) },
        Backup::BackupTriaged { run: run(), note: artefact() },
        Backup::BackupScheduleChanged {
            job: "nightly".into(),
            change: ScheduleChange::Thinned,
            reviewer: Some(uuid::Uuid::from_u128(5)),
        },
    ]
}

fn restore() -> Vec<Restore> {
    let test = || "restore-1".to_string();
    vec![
        Restore::RestoreScheduled { test: test(), on: hour(48) },
        Restore::RestoreCancelled { test: test() },
        Restore::RestoreStarted { test: test(), snapshot: "snapshot-9".into() },
        Restore::RestoreVerified {
            test: test(),
            checksum: "ab12".into(),
            source_checksum: "ab12".into(),
            files: Some(Count { restored: 12, source: 12 }),
            rows: Some(Count { restored: 3400, source: 3400 }),
        },
        Restore::RestoreReported { test: test(), took_minutes: Some(35), cleaned_up: true, report: artefact() },
    ]
}

fn drift() -> Vec<Drift> {
    let item = || "drift-1".to_string();
    vec![
        Drift::DriftDetected {
            item: item(),
            resource: "aws_security_group.web".into(),
            complexity: Complexity::M,
            risk: Risk::High,
        },
        Drift::DriftAgreed { item: item(), from: hour(0), until: hour(720) },
        Drift::DriftClosed {
            item: item(),
            by: Closing::Code { pull: "pull-1".into(), ignores: true, approver: Some(uuid::Uuid::from_u128(5)) },
        },
        Drift::DriftClosed { item: item(), by: Closing::Hand },
        Drift::DriftRechecked { item: item(), clean: true },
    ]
}

fn pull_request() -> Vec<PullRequest> {
    let pull = || "pull-1".to_string();
    vec![
        PullRequest::PullOpened { pull: pull(), draft: true, commit: "c0ffee1".into() },
        PullRequest::PullReady { pull: pull() },
        PullRequest::ReviewRequested { pull: pull(), reviewer: uuid::Uuid::from_u128(5) },
        PullRequest::PullReviewed { pull: pull(), verdict: Review::ChangesRequested, comments: 3 },
        PullRequest::PullPushed { pull: pull(), commit: "c0ffee2".into() },
        PullRequest::PipelineFinished { pull: pull(), commit: "c0ffee2".into(), passed: true },
        PullRequest::PullHeld { pull: pull(), waits_for: "security-team".into() },
        PullRequest::PullResumed { pull: pull() },
        PullRequest::PullMerged { pull: pull(), lines: 42, resources: 3 },
        PullRequest::PullClosed { pull: pull() },
        PullRequest::PullReverted { pull: pull(), by: "pull-2".into() },
    ]
}

fn automation() -> Vec<Automation> {
    let automation = || "rotate-logs".to_string();
    vec![
        Automation::ToilTimed { automation: automation(), way: Way::Manual, seconds: 1800 },
        Automation::ToilTimed { automation: automation(), way: Way::Automated, seconds: 120 },
        Automation::BaselineConfirmed { automation: automation(), monthly: Some(20) },
        Automation::AutomationRun {
            automation: automation(),
            succeeded: true,
            wanted_by: Some(Wish::Requester("r-17".into())),
        },
        Automation::AutomationRun { automation: automation(), succeeded: false, wanted_by: Some(Wish::Schedule) },
        Automation::AutomationMaintained { automation: automation(), minutes: 45 },
    ]
}

fn survey() -> Vec<Survey> {
    let survey = || "survey-1".to_string();
    vec![
        Survey::SurveySent {
            survey: survey(),
            requester: "r-17".into(),
            ticket: Some("ticket-1".into()),
            chosen_by: Chooser::System,
        },
        Survey::SurveyAnswered { survey: survey(), score: 4, text: Some(artefact()) },
        Survey::SurveyDeclined { survey: survey() },
    ]
}

fn plan() -> Vec<Plan> {
    let (plan, item) = (|| "2026-q1".to_string(), || "dns-failure".to_string());
    let agreed = |recheck| PlanItem { item: item(), minutes: 90, sign_off: true, recheck };
    vec![
        Plan::PlanAgreed { plan: plan(), items: vec![agreed(true)], from: hour(0), until: hour(2184) },
        Plan::PlanChanged { plan: plan(), added: vec![agreed(false)], removed: vec![item()] },
        Plan::ItemAttempted { plan: plan(), item: item() },
        Plan::ItemMastered { plan: plan(), item: item(), evidence: vec![uuid::Uuid::from_u128(6)] },
        Plan::ItemSignedOff { plan: plan(), item: item() },
        Plan::ItemRechecked { plan: plan(), item: item(), passed: true },
    ]
}

fn rating() -> Vec<Rating> {
    let (card, flag) = (|| "interview-7".to_string(), || "casual-with-secrets".to_string());
    let rated = |level| Rated {
        card: card(),
        dimension: "troubleshooting".into(),
        level,
        evidence: vec![Cited::Event(person()), Cited::Quote(artefact())],
        comment: Some(artefact()),
    };
    vec![
        Rating::RatingGiven(rated(Given::Level(Level::Four))),
        Rating::RatingChanged(rated(Given::NotObserved)),
        Rating::RedFlagRaised {
            card: card(),
            flag: flag(),
            evidence: vec![Cited::Event(person())],
            comment: Some(artefact()),
        },
        Rating::RedFlagConfirmed { card: card(), flag: flag(), comment: Some(artefact()) },
        Rating::RedFlagWithdrawn { card: card(), flag: flag(), reason: artefact() },
        Rating::ScorecardSubmitted { card: card(), overall: Label::StrongYes },
        Rating::DecisionMade {
            card: card(),
            decision: Decision::Later,
            reason: artefact(),
            advised: Some(Label::NoDecision),
        },
    ]
}

fn attested() -> Vec<Attested> {
    vec![
        Attested::FigureAttested {
            statement: "statement-1".into(),
            kpi: "ticket-quality".into(),
            from: hour(-720),
            until: hour(0),
            stated: Stated::Share { numerator: 19, denominator: 20 },
        },
        Attested::FigureAttested {
            statement: "statement-2".into(),
            kpi: "time-to-acknowledge".into(),
            from: hour(-168),
            until: hour(0),
            stated: Stated::Value { value: 7.5, count: 6 },
        },
        Attested::AttestationWithdrawn { statement: "statement-1".into() },
    ]
}
