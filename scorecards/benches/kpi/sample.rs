//! A year of work of many people: deterministic, and about as much of each kind as a junior engineer has.

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::event::{Artefact, Event, Kind, Source, work::*};
use uuid::Uuid;

/// The first moment: 2025-01-01 00:00 UTC.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_735_689_600, 0).expect("a moment")
}

/// Whom a number names.
pub fn person(number: u64) -> Uuid {
    Uuid::from_u128(0xbe1a_0000_0000 + u128::from(number))
}

/// Who manages, reviews and approves.
const MANAGER: Uuid = Uuid::from_u128(0x1279);

/// The events of one person's day; the same for the same arguments.
pub fn day(number: u64, day: u32) -> Vec<Event> {
    let seed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(day).wrapping_mul(0xd1b5_4a32_d192_ed03);
    let mut made = Day { person: person(number), day, random: Random(seed), events: Vec::new(), number };
    if day == 0 {
        made.by_manager(0, Roster::PersonJoined { post: "infrastructure".into() });
    }
    if day.is_multiple_of(28) {
        let from = start() + TimeDelta::days(i64::from(day));
        let shift = format!("shift-{day}");
        made.by_manager(
            1,
            Roster::OnCallScheduled { shift, from, until: from + TimeDelta::days(7), understaffed: false },
        );
    }
    let on_call = day % 28 < 7;
    if made.chance(15) {
        made.ticket();
    }
    if on_call && made.chance(40) {
        made.alert();
    }
    if on_call && made.chance(12) {
        made.incident();
    }
    if made.chance(5) {
        made.change();
    }
    if made.chance(5) {
        made.pull();
    }
    if day.is_multiple_of(7) {
        made.backup();
    }
    if day % 30 == 3 {
        made.patch();
    }
    made.events
}

/// A day that is being made.
struct Day {
    person: Uuid,
    day: u32,
    number: u64,
    random: Random,
    events: Vec<Event>,
}

impl Day {
    fn chance(&mut self, of_hundred: u64) -> bool {
        self.random.below(100) < of_hundred
    }

    fn name(&self, of: &str) -> String {
        format!("{of}-{}-{}", self.number, self.day)
    }

    fn artefact(&self, of: &str) -> Artefact {
        Artefact(format!("{:0>64}", self.name(of)))
    }

    /// At the minute of the day.
    fn add(&mut self, actor: Option<Uuid>, minute: i64, work: impl Into<Work>) {
        let id = (u128::from(self.number) << 64) + (u128::from(self.day) << 32) + self.events.len() as u128;
        self.events.push(Event {
            id: Uuid::from_u128(id),
            at: start() + TimeDelta::days(i64::from(self.day)) + TimeDelta::minutes(minute),
            box_at: None,
            actor,
            subject: self.person,
            attempt: None,
            source: Source::Imported,
            kind: Kind::Work(work.into()),
        });
    }

    fn by_person(&mut self, minute: i64, work: impl Into<Work>) {
        self.add(Some(self.person), minute, work);
    }

    fn by_manager(&mut self, minute: i64, work: impl Into<Work>) {
        self.add(Some(MANAGER), minute, work);
    }

    fn ticket(&mut self) {
        let ticket = self.name("ticket");
        let requester = format!("requester-{}", self.random.below(40));
        let complexity = [Complexity::S, Complexity::S, Complexity::M, Complexity::L][self.random.below(4) as usize];
        let opened =
            Ticket::TicketOpened { ticket: ticket.clone(), requester, matter: None, preapproved: self.chance(30) };
        self.add(None, 480, opened);
        self.by_manager(490, Ticket::TicketTriaged { ticket: ticket.clone(), complexity, risk: Risk::Low });
        self.by_manager(491, Ticket::TicketAssigned { ticket: ticket.clone() });
        self.by_manager(500, Ticket::TicketApproved { ticket: ticket.clone() });
        self.by_person(520, Ticket::TicketActedOn { ticket: ticket.clone(), privileged: true });
        let artefact = self.artefact("evidence");
        self.by_person(540, Ticket::TicketEvidenceAdded { ticket: ticket.clone(), artefact, recorded: true });
        let fields = ["asked", "done", "verified"].map(str::to_string).into();
        self.by_person(550, Ticket::TicketNoted { ticket: ticket.clone(), fields });
        let closed =
            Ticket::TicketClosed { ticket: ticket.clone(), reason: Some("done".into()), audit: Audit::Automatic };
        self.by_person(560, closed);
        if self.chance(4) {
            self.by_manager(900, Ticket::TicketReopened { ticket, reason: Return::Error });
        }
    }

    fn alert(&mut self) {
        let (alert, minute) = (self.name("alert"), 600 + self.random.below(600) as i64);
        self.add(
            None,
            minute,
            Alert::AlertFired { alert: alert.clone(), severity: Severity::Medium, rule: None, service: None },
        );
        self.add(None, minute, Alert::PageDelivered { alert: alert.clone() });
        let taken = minute + self.random.below(15) as i64;
        self.by_person(
            taken,
            Alert::AlertAcknowledged { alert: alert.clone(), automatic: false, channel: None, watched: true },
        );
        self.by_person(taken + 2, Alert::AlertLookedInto { alert: alert.clone() });
        self.by_person(taken + 30, Alert::AlertResolved { alert, automatic: false });
    }

    fn incident(&mut self) {
        let (incident, minute) = (self.name("incident"), 600 + self.random.below(600) as i64);
        let opened = Incident::IncidentOpened { incident: incident.clone(), severity: Severity::High, alert: None };
        self.add(None, minute, opened);
        let told = vec![Told::Changed, Told::Failing, Told::Tried];
        let sent = Incident::EscalationSent { incident: incident.clone(), to: "second-line".into(), told };
        let called = minute + self.random.below(30) as i64;
        self.by_person(called, sent);
        self.by_manager(called + 60, Incident::IncidentResolved { incident });
    }

    fn change(&mut self) {
        let change = self.name("change");
        let capture = |which: &str, day: &Self| Capture {
            command: "systemctl status nginx".into(),
            recording: day.artefact(which),
            taken: None,
        };
        self.by_person(600, Change::ChangeProposed { change: change.clone(), risk: Risk::Low });
        self.by_manager(610, Change::ChangeClassified { change: change.clone(), risk: Risk::Low });
        let (plan, back) = (self.artefact("plan"), self.artefact("way-back"));
        self.by_person(615, Change::ChangePlanned { change: change.clone(), plan });
        self.by_person(616, Change::ChangeRollbackPlanned { change: change.clone(), plan: back });
        self.by_manager(620, Change::ChangeApproved { change: change.clone() });
        let (pre, post) = (capture("pre", self), capture("post", self));
        self.by_person(640, Change::ChangePrechecked { change: change.clone(), capture: pre });
        self.by_person(645, Change::ChangeStarted { change: change.clone() });
        self.by_person(660, Change::ChangeFinished { change: change.clone() });
        self.by_person(670, Change::ChangePostchecked { change: change.clone(), capture: post });
        if self.chance(3) {
            self.by_person(700, Change::ChangeRolledBack { change, by_choice: false });
        }
    }

    fn pull(&mut self) {
        let (pull, commit) = (self.name("pull"), self.name("commit"));
        self.by_person(540, PullRequest::PullOpened { pull: pull.clone(), draft: false, commit: commit.clone() });
        self.add(None, 545, PullRequest::PipelineFinished { pull: pull.clone(), commit, passed: true });
        self.by_manager(900, PullRequest::PullReviewed { pull: pull.clone(), verdict: Review::Approved, comments: 2 });
        self.by_person(1_000, PullRequest::PullMerged { pull, lines: 40, resources: 2 });
    }

    fn backup(&mut self) {
        let run = self.name("backup");
        let scheduled = Backup::BackupScheduled { run: run.clone(), job: "weekly".into(), grace_minutes: None };
        self.add(None, 60, scheduled);
        let code = i32::from(self.chance(3));
        let finished = Backup::BackupFinished { run: run.clone(), code, bytes: 1 << 30, repository_check: Some(true) };
        self.add(None, 90, finished);
        if code > 0 {
            let note = self.artefact("triage");
            self.by_person(600, Backup::BackupTriaged { run, note });
        }
    }

    fn patch(&mut self) {
        let assignment = self.name("patch");
        let due = start() + TimeDelta::days(i64::from(self.day) + 14);
        let system = format!("web-{}", self.number);
        let assigned = Patch::PatchAssigned {
            assignment: assignment.clone(),
            system,
            level: "monthly".into(),
            ring: Ring::Production,
            due,
        };
        self.by_manager(480, assigned);
        let applied =
            Patch::PatchApplied { assignment: assignment.clone(), package: "openssl".into(), version: "3".into() };
        self.by_person(700, applied);
        let scanned = Patch::PatchScanned { assignment: assignment.clone(), at_level: true, reboot_pending: false };
        self.add(None, 720, scanned);
        self.add(None, 725, Patch::PatchVerified { assignment, healthy: true });
    }
}

/// The generator SplitMix64: a pure function of its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, number: u64) -> u64 {
        self.next() % number
    }
}
