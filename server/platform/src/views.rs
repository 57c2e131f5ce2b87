//! What the use cases give to those who show it: plain values, access already decided.

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::{
    event::{EndReason, Gift, Mode, PauseReason, Source, Verdict},
    item::Item,
    kpi::{Definition, Figure},
    score::AttemptResult,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use labs::exercise::{
    Kind as ExerciseKind,
    review::{Category, Comment, Line, Severity},
    scenario::MoveKind,
};

mod judging;
mod rescore;

pub use judging::*;
pub use rescore::*;

use crate::access::Role;

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The account's id.
    pub id: Uuid,
    /// How to call them.
    pub name: String,
    /// What they are.
    pub role: Role,
}

/// A lab in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct LabCard {
    /// The lab's id, which is part of its address.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about, in one line.
    pub summary: String,
    /// How long it should take, in minutes.
    pub minutes: u32,
    /// The phase of the path it belongs to, in days: 30, 60 or 90.
    pub phase: u32,
    /// What it trains, by id.
    pub skills: Vec<String>,
    /// What kind of exercise it is; `None` for a lab with a sandbox.
    pub exercise: Option<ExerciseKind>,
    /// How often the viewer has tried it.
    pub attempts: u32,
    /// Whether the viewer has passed it.
    pub passed: bool,
    /// The viewer's attempt at it that still runs.
    pub running: Option<Uuid>,
}

/// What a signed-in person sees first.
#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    /// The attempt that still runs, if there is one: to go on with.
    pub running: Option<AttemptSummary>,
    /// What to do next: the first lab that is not passed.
    pub next: Option<LabCard>,
    /// Every lab, in the order of the path.
    pub labs: Vec<LabCard>,
    /// The newest attempts that are over.
    pub recent: Vec<AttemptSummary>,
    /// Why labs can't start now, in words with a way on; `None` when they can.
    pub trouble: Option<String>,
    /// Those whom the viewer looks after, by name.
    pub people: Vec<Person>,
    /// How many cases the viewer can do something about.
    pub to_judge: usize,
}

/// An attempt in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptSummary {
    /// Its id.
    pub id: Uuid,
    /// The lab's id.
    pub lab: String,
    /// The lab's title.
    pub title: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How it stands.
    pub state: AttemptState,
    /// Passed or not, once it is over.
    pub passed: Option<bool>,
    /// Points earned and possible, once it is over.
    pub points: Option<(i32, i32)>,
}

/// How an attempt stands.
#[derive(Clone, Debug, PartialEq)]
pub enum AttemptState {
    /// The machine is full: it waits for its turn.
    Queued {
        /// Its place, from 1.
        place: u32,
        /// In how many minutes its turn comes at the latest, where that can be said: when so many have run out of time.
        minutes: Option<u32>,
    },
    /// The box is being made.
    Starting,
    /// The learner is at work.
    Running {
        /// When the time is up.
        deadline: DateTime<Utc>,
    },
    /// The boxes stand still, and the time with them.
    Paused {
        /// How much time is left.
        left: TimeDelta,
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        why: PauseReason,
    },
    /// The closing checks run.
    Finishing,
    /// It is over.
    Ended(EndReason),
    /// The box could not be started, or was lost: in words, with a way on.
    Failed(String),
}

/// A lab before it is started.
#[derive(Clone, Debug, PartialEq)]
pub struct LabView {
    /// As in a list.
    pub card: LabCard,
    /// The ticket, as Markdown. Where variables are drawn for each attempt it has neutral words instead.
    pub brief: String,
    /// What will be checked, by title; required ones first.
    pub checks: Vec<String>,
    /// The viewer's attempts that are over, newest first.
    pub attempts: Vec<AttemptSummary>,
    /// Why it can't be started now, in words with a way on.
    pub trouble: Option<String>,
    /// How many percent more time the viewer has by right. Nobody else is shown it.
    pub extra_time: u32,
    /// Whether the viewer may see how the lab does.
    pub may_see_items: bool,
    /// What is reserved of it and not over, the next first; `None` for who may not reserve.
    pub reservations: Option<Vec<ReservationView>>,
}

/// How a lab does, version by version.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemsView {
    /// The lab's id.
    pub lab: String,
    /// Its title.
    pub title: String,
    /// Its versions that were tried, the one tried last first.
    pub items: Vec<ItemView>,
    /// Of how many people something is said at least.
    pub fewest: usize,
    /// Whether there are older attempts that were not looked at.
    pub cut: bool,
}

/// How a version of a lab does.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemView {
    /// The content hash of its files.
    pub version: String,
    /// Whether it is the one in the catalogue.
    pub current: bool,
    /// When it was first tried.
    pub first: DateTime<Utc>,
    /// When it was tried last.
    pub last: DateTime<Utc>,
    /// How many people tried it.
    pub people: usize,
    /// How it does; `None` where so few tried it that it would be said of them.
    pub item: Option<Item>,
}

/// Boxes that are promised for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservationView {
    /// Its id.
    pub id: Uuid,
    /// When they are needed.
    pub at: DateTime<Utc>,
    /// From when on they are no longer kept.
    pub until: DateTime<Utc>,
    /// How many.
    pub places: u32,
    /// Who reserved them.
    pub by: Person,
}

/// What is held ready, and who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolStatus {
    /// By lab, those that nobody asked for left out.
    pub labs: Vec<PoolLab>,
    /// How many attempts wait for their turn.
    pub queue: u32,
    /// How many attempts have a box or are getting one.
    pub seated: u32,
    /// How much memory there is for another box, in bytes; `None` while the engine does not say.
    pub room: Option<u64>,
    /// How much memory warm boxes may take together, in bytes.
    pub budget: u64,
}

/// The warm boxes of a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PoolLab {
    /// The lab's id.
    pub lab: String,
    /// How many wait.
    pub warm: u32,
    /// How many there shall be.
    pub target: u32,
    /// How many are being made.
    pub warming: u32,
    /// How many of the target are promised.
    pub reserved: u32,
    /// How many were claimed in this run of the server.
    pub claimed: u64,
    /// How many starts in this run of the server found none.
    pub cold: u64,
    /// How long the last one took to make, in milliseconds.
    pub took_ms: Option<u64>,
    /// Why the last one could not be made.
    pub trouble: Option<String>,
}

/// An attempt while it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptView {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub learner: Uuid,
    /// The lab's id.
    pub lab: String,
    /// The lab's title.
    pub title: String,
    /// In which mode.
    pub mode: Mode,
    /// How it stands.
    pub state: AttemptState,
    /// The ticket, as Markdown.
    pub brief: String,
    /// The runbook, as Markdown, where there is one.
    pub runbook: Option<String>,
    /// The alert that it begins with; `None` for one that begins with a ticket.
    pub alert: Option<AlertView>,
    /// The checks, as they last went.
    pub checks: Vec<CheckView>,
    /// The hints.
    pub hints: Vec<HintView>,
    /// The lab's hosts, in its order.
    pub hosts: Vec<HostView>,
    /// What is asked, where it is an exercise.
    pub exercise: Option<ExerciseView>,
    /// What may be done with its time.
    pub time: TimeView,
}

/// An exercise while it is worked at.
#[derive(Clone, Debug, PartialEq)]
pub struct ExerciseView {
    /// What kind it is.
    pub kind: ExerciseKind,
    /// What is shown beside the questions.
    pub outputs: Vec<OutputView>,
    /// What is done beside answering them.
    pub work: Option<WorkView>,
    /// What is asked.
    pub questions: Vec<QuestionView>,
    /// When an answer was kept last; `None` before the first.
    pub saved: Option<DateTime<Utc>>,
}

/// What is done in an exercise beside answering questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkView {
    /// A change is reviewed.
    Review(ReviewView),
    /// A text is written.
    Writing(WritingView),
    /// A disturbance is played through.
    Scenario(ScenarioView),
}

/// A change, with what was remarked so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewView {
    /// What its author calls it.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// What they say of it, as Markdown.
    pub description: String,
    /// The files, each with all its lines.
    pub files: Vec<(String, Vec<Line>)>,
    /// The remarks, in the order in which they were made.
    pub comments: Vec<Comment>,
}

/// A text that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritingView {
    /// What is known.
    pub notes: Vec<String>,
    /// Its parts.
    pub parts: Vec<PartView>,
    /// How many words it may have.
    pub most_words: Option<usize>,
}

/// A part of a text, as it is so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartView {
    /// The field it is written in.
    pub field: String,
    /// What it is called.
    pub label: String,
    /// Whether it is one line.
    pub line: bool,
    /// What is written so far.
    pub given: String,
}

/// A scenario, as far as it was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioView {
    /// The minute on the scenario's own clock.
    pub minute: u32,
    /// What was done and what happened, in order.
    pub story: Vec<StepView>,
    /// What can be done now.
    pub open: Vec<MoveView>,
}

/// A step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepView {
    /// The minute at which it was done with, or happened.
    pub minute: u32,
    /// What was done; `None` for what happened by itself.
    pub done: Option<(MoveKind, String)>,
    /// What came of it, as Markdown.
    pub text: String,
}

/// Something that can be done in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveView {
    /// Its id.
    pub id: String,
    /// What kind of thing it is.
    pub kind: MoveKind,
    /// What is done.
    pub title: String,
    /// How many minutes it takes.
    pub minutes: u32,
}

/// What a program has printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputView {
    /// What it is called.
    pub title: String,
    /// The command line that printed it, where one did.
    pub command: Option<String>,
    /// The text.
    pub text: String,
}

/// A question, and what was answered so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionView {
    /// The field that is answered.
    pub field: String,
    /// What is asked, as Markdown.
    pub ask: String,
    /// What it earns.
    pub points: i32,
    /// Whether the exercise is passed only with it.
    pub required: bool,
    /// How it is answered.
    pub form: AnswerForm,
    /// What was answered so far.
    pub given: Vec<String>,
}

/// How a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerForm {
    /// By one of these texts.
    One(Vec<String>),
    /// By any number of these texts.
    Several(Vec<String>),
    /// By these texts in their right order.
    Order(Vec<String>),
    /// By a number.
    Number {
        /// What it counts.
        unit: Option<String>,
    },
    /// By a short text.
    Text,
}

/// A host, as its terminals are named after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostView {
    /// Its name.
    pub name: String,
    /// The user and host of its shell, as in `engineer@web1`.
    pub prompt: String,
    /// The ports that the lab offers to look at, each as a tab.
    pub ports: Vec<PortView>,
}

/// A port of the box that the lab offers to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortView {
    /// What its tab is called, and its part of the preview's address.
    pub name: String,
    /// The TCP port.
    pub port: u16,
    /// The path that is shown first.
    pub path: String,
}

/// What may be done with the time of an attempt, and what was done to it just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeView {
    /// Whether it may be paused.
    pub may_pause: bool,
    /// After how many minutes without the learner it pauses by itself; `None` where it does not.
    pub idle_minutes: Option<u32>,
    /// For how many hours a paused box is kept; `None` for as long as it takes.
    pub kept_hours: Option<u32>,
    /// How many minutes the learner may still add.
    pub addable: u32,
    /// How many come with the next click.
    pub step: u32,
    /// What happened a moment ago, if something did.
    pub news: Option<TimeNews>,
}

/// What happened to the time of an attempt a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeNews {
    /// It goes on after a pause of so long.
    Resumed(TimeDelta),
    /// So much was given back.
    GivenBack(TimeDelta, Gift),
}

/// Something of the time of an attempt, for the time line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLine {
    /// The event's id.
    pub event: Uuid,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// What happened.
    pub what: TimeEvent,
}

/// What can happen to the time of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeEvent {
    /// It was paused.
    Paused(PauseReason),
    /// It went on after so long.
    Resumed(TimeDelta),
    /// The learner added so many minutes.
    Extended(u32),
    /// So much was given back.
    GivenBack(TimeDelta, Gift),
    /// So much was left, and the page said so.
    Warned(TimeDelta),
}

/// An alert that somebody has to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertView {
    /// Whether the learner has taken it.
    pub acknowledged: bool,
}

/// A check and how it last went.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckView {
    /// Its id.
    pub id: String,
    /// A statement that is true when it passes.
    pub title: String,
    /// What it is worth.
    pub points: i32,
    /// Whether the attempt passes only with it.
    pub required: bool,
    /// Whether it is made only at the end, because it restarts the box.
    pub at_end: bool,
    /// How it last went; `None` if it has not been made.
    pub verdict: Option<Verdict>,
    /// In words for the learner.
    pub feedback: String,
}

/// A hint, with its text once it has been taken.
#[derive(Clone, Debug, PartialEq)]
pub struct HintView {
    /// From 1, in their order.
    pub number: u32,
    /// What it costs, charged only to who passes.
    pub cost: u32,
    /// Its text as Markdown, once taken.
    pub text: Option<String>,
}

/// An attempt that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultView {
    /// As in a list.
    pub summary: AttemptSummary,
    /// Whose it is.
    pub learner_id: Uuid,
    /// How the learner is called.
    pub learner: String,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Whether it was an exercise, without a machine.
    pub exercise: bool,
    /// Each line with its points and its evidence.
    pub result: AttemptResult,
    /// What it says about the role: the KPIs that it is an observation of, in the order of the role pack.
    pub kpis: Vec<KpiSaid>,
    /// How far the learner has come with this lab, in words.
    pub mastery: Vec<String>,
    /// Root cause and model answer, as Markdown.
    pub debrief: String,
    /// Whether the viewer may open the box as it was left, and it was kept.
    pub can_be_opened: bool,
    /// The learner's commands in order, as typed or run, for the time line.
    pub commands: Vec<CommandLine>,
    /// What happened to its time, in order, for the time line.
    pub times: Vec<TimeLine>,
    /// What can be played of it.
    pub recorded: Recorded,
    /// When somebody else could type in the learner's terminals.
    pub typists: Vec<Typist>,
    /// What people say of it, or will.
    pub judged: Vec<JudgedView>,
    /// The runbook as it was, for who may propose a better one now.
    pub runbook: Option<String>,
    /// The checks, by id, that the viewer may say were wrong.
    pub disputable: Vec<String>,
}

/// What terminals have shown, as far as it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// The terminals, by number.
    pub terminals: Vec<RecordedTerminal>,
    /// From when on which terminal was worked at, by its commands in order.
    pub in_use: Vec<(DateTime<Utc>, u32)>,
}

impl Recorded {
    /// Where a moment is: the terminal, and the seconds from the beginning of its recording. Without a terminal it is
    /// the one that was worked at then. `None` where nothing is recorded of it.
    #[must_use]
    pub fn place(&self, terminal: Option<u32>, at: DateTime<Utc>) -> Option<(u32, f64)> {
        let find = |number: u32| self.terminals.iter().find(|terminal| terminal.terminal == number);
        let found = match terminal {
            Some(number) => find(number),
            None => {
                let before = self.in_use.partition_point(|(from, _)| *from <= at);
                let in_use = before.checked_sub(1).and_then(|last| self.in_use.get(last));
                in_use.and_then(|(_, number)| find(*number)).or_else(|| self.terminals.first())
            }
        };
        let terminal = found?;
        #[expect(clippy::cast_precision_loss, reason = "a recording is shorter than a century")]
        let seconds = (at - terminal.started).num_milliseconds().max(0) as f64 / 1000.0;
        Some((terminal.terminal, seconds))
    }
}

/// A terminal of which there is a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedTerminal {
    /// Its number in the attempt.
    pub terminal: u32,
    /// The host's name in the lab; empty where there is only one.
    pub host: String,
    /// A whole second, from which the times in the recording count.
    pub started: DateTime<Utc>,
    /// When its last event is, in seconds.
    pub seconds: f64,
}

/// Somebody who could type in the learner's terminals for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Typist {
    /// How they are called.
    pub name: String,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// An attempt to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayView {
    /// As in a list.
    pub summary: AttemptSummary,
    /// Whose it is.
    pub learner_id: Uuid,
    /// How the learner is called.
    pub learner: String,
    /// What can be played.
    pub recorded: Recorded,
    /// What happened, in the order of time.
    pub moments: Vec<Moment>,
}

/// A moment that is worth jumping to.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: DateTime<Utc>,
    /// What kind of thing.
    pub about: MomentAbout,
    /// What happened, in words.
    pub words: String,
    /// The terminal, where it belongs to one.
    pub terminal: Option<u32>,
}

/// What a moment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentAbout {
    /// A command was run.
    Command,
    /// Checks were made.
    Check,
    /// A hint was taken.
    Hint,
    /// The learner wrote something down.
    Note,
    /// Somebody watched, or could type.
    Watch,
    /// Part of the record is missing.
    Missing,
}

/// Somebody who watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatcherView {
    /// The account's id.
    pub person: Uuid,
    /// How they are called.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Who watches an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchingView {
    /// Who.
    pub watchers: Vec<WatcherView>,
    /// Whether they may type as well.
    pub may_type: bool,
}

/// An attempt for who watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchView {
    /// Its id.
    pub attempt: Uuid,
    /// How the learner is called.
    pub learner: String,
    /// The lab's title.
    pub title: String,
    /// Whether the learner is at work.
    pub runs: bool,
    /// Whether it is over.
    pub over: bool,
    /// The terminals that are open.
    pub terminals: Vec<u32>,
    /// Whether who watches may type.
    pub may_type: bool,
}

/// Somebody at work, for who may watch them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtWork {
    /// The attempt.
    pub attempt: Uuid,
    /// How the learner is called.
    pub learner: String,
    /// The lab's title.
    pub title: String,
    /// When it began.
    pub started: DateTime<Utc>,
}

/// What an attempt says of a KPI.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiSaid {
    /// The KPI's id.
    pub kpi: String,
    /// Its name.
    pub name: String,
    /// What it asks.
    pub asks: String,
    /// Whether it speaks for the learner; `None` where it does not count, or where nothing is held against a target.
    pub good: Option<bool>,
    /// What was seen, in words.
    pub says: String,
    /// What decided it: titles of checks and signals.
    pub because: Vec<String>,
}

/// What was changed in the boxes of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangesView {
    /// The attempt, as in a list.
    pub summary: AttemptSummary,
    /// Whose it is.
    pub learner_id: Uuid,
    /// How the learner is called.
    pub learner: String,
    /// Host by host; empty when it was not kept, or is no longer.
    pub hosts: Vec<HostChanges>,
}

/// What was changed on one host, without secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostChanges {
    /// Which, where the lab has several.
    pub host: Option<String>,
    /// In the order of the paths.
    pub changes: Vec<wire::layer::Change>,
    /// Whether there was more than is kept.
    pub cut: bool,
}

/// A copy of boxes as somebody left them.
#[derive(Clone, Debug, PartialEq)]
pub struct InspectionView {
    /// Its id.
    pub id: Uuid,
    /// The attempt whose end state it is a copy of.
    pub attempt: Uuid,
    /// The lab's title.
    pub title: String,
    /// Whose attempt it was.
    pub learner_id: Uuid,
    /// How the learner is called.
    pub learner: String,
    /// It is being made.
    pub starting: bool,
    /// It is closed.
    pub over: bool,
    /// Why it could not be opened, in words.
    pub trouble: Option<String>,
    /// When it closes by itself.
    pub deadline: DateTime<Utc>,
    /// Its machines.
    pub hosts: Vec<HostView>,
}

/// A command of the time line.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLine {
    /// The event's id; evidence links to it.
    pub event: Uuid,
    /// When, by the sandbox's clock.
    pub at: DateTime<Utc>,
    /// The command as it ran.
    pub command: String,
    /// Its exit code, once it has ended by itself.
    pub exit: Option<i32>,
    /// The terminal it was run at.
    pub terminal: Option<u32>,
}

/// Somebody, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The account's id.
    pub id: Uuid,
    /// How to call them.
    pub name: String,
}

/// What the KPIs of a role say of a person at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FiguresView {
    /// Of whom.
    pub person: Person,
    /// The role's title.
    pub role: String,
    /// The moment: nothing from then on is known.
    pub as_of: DateTime<Utc>,
    /// The KPIs, in the order of the role pack.
    pub kpis: Vec<KpiView>,
}

/// A KPI of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiView {
    /// Its number in the role's blueprint.
    pub number: u32,
    /// What it asks, how it is counted, and what is aimed at.
    pub definition: Definition,
    /// The target as the blueprint puts it.
    pub blueprint: String,
    /// Its figures: from labs, from real tools, from somebody's word.
    pub figures: Vec<Figure>,
    /// The events that they rest on, newest first.
    pub events: Vec<EventView>,
}

/// An event that a figure rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventView {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// From where.
    pub series: Source,
    /// What happened, as a tag: `ticket_closed`.
    pub tag: String,
    /// What it is about.
    pub about: String,
    /// The attempt it belongs to.
    pub attempt: Option<Uuid>,
}
