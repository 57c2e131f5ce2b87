//! The review of a change: comments on its lines, held against what is wrong with it.

use scorecards::{event::Verdict, marking::CheckMark};
use serde::{Deserialize, Serialize};
use serde_json::json;
use similar::{Change, TextDiff};
use strum::VariantArray;

use super::Answers;
use crate::{catalog::Vars, grader::Outcome};

/// The field that holds the comments, each as JSON.
pub const COMMENTS: &str = "comments";

/// How far from a defect a comment may stand, in lines: people click beside what they mean.
const NEAR: u32 = 2;

/// How many comments there may be: more than any review needs.
pub const MOST_COMMENTS: usize = 60;

/// A change that is reviewed. Texts may hold variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// What its author calls it.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// What they say of it, as Markdown.
    pub description: String,
    /// The files it changes, by path.
    pub files: Vec<ChangedFile>,
    /// What is wrong with it.
    pub defects: Vec<Defect>,
    /// What looks wrong and is not.
    pub decoys: Vec<Decoy>,
    /// What it is worth to have judged rightly how bad things are.
    pub severities: Option<CheckMark>,
    /// What it is worth to have left alone what is right, and how many other remarks there may be.
    pub restraint: Option<(CheckMark, usize)>,
}

/// A file of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedFile {
    /// Its path.
    pub path: String,
    /// Its text before; `None` where it is new.
    pub before: Option<String>,
    /// Its text after; `None` where it is removed.
    pub after: Option<String>,
}

/// Lines of a file as it is after the change, from 1, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The first line.
    pub first: u32,
    /// The last line.
    pub last: u32,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Defect {
    /// What it is worth to have found it.
    pub mark: CheckMark,
    /// Where it stands.
    pub place: Place,
    /// What it may rightly be called.
    pub categories: Vec<Category>,
    /// How bad it may rightly be called.
    pub severities: Vec<Severity>,
    /// Why it is wrong.
    pub explain: String,
}

/// Something that looks wrong and is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoy {
    /// Where it stands.
    pub place: Place,
    /// Why it is right.
    pub explain: String,
}

/// What a comment is about.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Category {
    /// Somebody gets in, or gets more rights, who should not.
    Access,
    /// A secret stands where it may be read.
    Secret,
    /// Something is destroyed, replaced or interrupted.
    Outage,
    /// It does not do what it says.
    Correctness,
    /// A rule of the house: tags, names, regions, costs.
    Policy,
    /// How it is written.
    Style,
}

/// How bad something is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// It must not be merged so.
    Blocker,
    /// It should be mended, now or soon.
    ShouldFix,
    /// A matter of taste, or a question.
    Nit,
}

/// A remark on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The file.
    pub file: String,
    /// The line, as it is after the change.
    pub line: u32,
    /// What it is about.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// What is said.
    pub text: String,
}

impl Comment {
    /// All of it in one text, by which it is told from others.
    #[must_use]
    pub fn whole(&self) -> String {
        json!(self).to_string()
    }
}

/// The comments among some answers; what is none is left out.
#[must_use]
pub fn comments(answers: &Answers) -> Vec<Comment> {
    let texts = answers.get(COMMENTS).map(Vec::as_slice).unwrap_or_default();
    texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect()
}

/// Comments as they are answered.
#[must_use]
pub fn answered(comments: &[Comment]) -> Vec<String> {
    comments.iter().map(Comment::whole).collect()
}

/// A line of a file that is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number before; `None` where it is added.
    pub before: Option<u32>,
    /// Its number after; `None` where it is removed.
    pub after: Option<u32>,
    /// What it says.
    pub text: String,
}

impl ChangedFile {
    /// All lines, before and after, with these variables.
    #[must_use]
    pub fn lines(&self, vars: &Vars) -> Vec<Line> {
        let filled = |text: &Option<String>| text.as_deref().map(|text| vars.fill(text)).unwrap_or_default();
        let (before, after) = (filled(&self.before), filled(&self.after));
        let number = |index: Option<usize>| index.and_then(|index| u32::try_from(index + 1).ok());
        let line = |change: Change<&str>| Line {
            before: number(change.old_index()),
            after: number(change.new_index()),
            text: change.value().trim_end_matches('\n').to_string(),
        };
        TextDiff::from_lines(&before, &after).iter_all_changes().map(line).collect()
    }
}

impl Place {
    fn is_near(&self, comment: &Comment) -> bool {
        let lines = self.first.saturating_sub(NEAR)..=self.last.saturating_add(NEAR);
        self.file == comment.file && lines.contains(&comment.line)
    }

    fn words(&self) -> String {
        if self.first == self.last {
            format!("line {} of {}", self.first, self.file)
        } else {
            format!("lines {} to {} of {}", self.first, self.last, self.file)
        }
    }
}

impl Defect {
    fn found<'c>(&self, comments: &'c [Comment]) -> Option<&'c Comment> {
        // What is let pass as a matter of taste is not found, where it is more.
        let meant = |comment: &&Comment| comment.severity != Severity::Nit || self.severities.contains(&Severity::Nit);
        let here = comments.iter().filter(|comment| self.place.is_near(comment)).filter(meant);
        let named = here.filter(|comment| self.categories.contains(&comment.category));
        // Of several remarks the one that judges it rightly counts.
        named.clone().find(|comment| self.severities.contains(&comment.severity)).or_else(|| named.clone().next())
    }

    fn judge(&self, vars: &Vars, comments: &[Comment]) -> Outcome {
        let explain = vars.fill(&self.explain);
        let (verdict, feedback) = match self.found(comments) {
            Some(comment) if self.severities.contains(&comment.severity) => (Verdict::Passed, explain),
            Some(_) => {
                let severity = self.severities.first().map_or("", |severity| severity.words());
                (Verdict::Passed, format!("You found it; it is rather: {severity}. {explain}"))
            }
            None if comments.iter().any(|comment| self.place.is_near(comment)) => (
                Verdict::Failed,
                format!(
                    "You stopped at {}, and took it for something else or something less. {explain}",
                    self.place.words()
                ),
            ),
            None => (Verdict::Failed, format!("Nothing was said of {}. {explain}", self.place.words())),
        };
        outcome(&self.mark, verdict, feedback, json!(self.found(comments)))
    }
}

impl Category {
    /// All there are.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;
}

impl Severity {
    /// All there are, the worst first.
    pub const ALL: &[Self] = <Self as VariantArray>::VARIANTS;

    fn words(self) -> &'static str {
        match self {
            Self::Blocker => "a blocker, which must not be merged",
            Self::ShouldFix => "something that should be mended",
            Self::Nit => "a matter of taste, or a question",
        }
    }
}

impl Review {
    pub(super) fn marks(&self) -> impl Iterator<Item = &CheckMark> {
        let restraint = self.restraint.as_ref().map(|(mark, _)| mark);
        self.defects.iter().map(|defect| &defect.mark).chain(&self.severities).chain(restraint)
    }

    pub(super) fn judge(&self, vars: &Vars, answers: &Answers) -> Vec<Outcome> {
        let comments = comments(answers);
        let mut outcomes: Vec<Outcome> = self.defects.iter().map(|defect| defect.judge(vars, &comments)).collect();
        outcomes.extend(self.severities.as_ref().map(|mark| self.judge_severities(mark, &comments)));
        outcomes.extend(self.restraint.as_ref().map(|(mark, most)| self.judge_restraint(mark, *most, vars, &comments)));
        outcomes
    }

    fn judge_severities(&self, mark: &CheckMark, comments: &[Comment]) -> Outcome {
        let found: Vec<(&Defect, &Comment)> =
            self.defects.iter().filter_map(|defect| Some((defect, defect.found(comments)?))).collect();
        let wrong = found.iter().filter(|(defect, comment)| !defect.severities.contains(&comment.severity)).count();
        let (verdict, feedback) = match (found.len(), wrong) {
            (0, _) => (Verdict::Failed, "Nothing was found whose weight could be judged.".into()),
            (_, 0) => (Verdict::Passed, "What you found you have weighed as it deserves.".into()),
            (all, wrong) => {
                (Verdict::Failed, format!("Of {all} that you found, {wrong} weigh more or less than you said."))
            }
        };
        outcome(mark, verdict, feedback, json!({ "found": found.len(), "wrong": wrong }))
    }

    /// Remarks that are beside the point hold up a change as much as a miss lets one through. Matters of taste do not count.
    fn judge_restraint(&self, mark: &CheckMark, most: usize, vars: &Vars, comments: &[Comment]) -> Outcome {
        let any_found = self.defects.iter().any(|defect| defect.found(comments).is_some());
        let beside = |comment: &&Comment| {
            comment.severity != Severity::Nit && !self.defects.iter().any(|defect| defect.place.is_near(comment))
        };
        let beside: Vec<&Comment> = comments.iter().filter(beside).collect();
        let decoy = self.decoys.iter().find(|decoy| beside.iter().any(|comment| decoy.place.is_near(comment)));
        let (verdict, mut feedback) = if !any_found {
            (Verdict::Failed, "Nothing that is wrong was found, so there is nothing to tell it from.".to_string())
        } else if beside.len() <= most {
            (Verdict::Passed, "You asked for changes where they are needed, and let the rest be.".to_string())
        } else {
            let lines: Vec<String> =
                beside.iter().map(|comment| format!("{}:{}", comment.file, comment.line)).collect();
            (Verdict::Failed, format!("Changes were asked for where all is well: {}.", lines.join(", ")))
        };
        if let Some(decoy) = decoy {
            feedback = format!("{feedback} {}: {}", capital(&decoy.place.words()), vars.fill(&decoy.explain));
        }
        outcome(mark, verdict, feedback, json!(beside))
    }

    pub(super) fn model(&self, vars: &Vars) -> Answers {
        let comment = |defect: &Defect| {
            Some(Comment {
                file: defect.place.file.clone(),
                line: defect.place.first,
                category: *defect.categories.first()?,
                severity: *defect.severities.first()?,
                text: vars.fill(&defect.explain),
            })
        };
        let comments: Vec<Comment> = self.defects.iter().filter_map(comment).collect();
        [(COMMENTS.to_string(), answered(&comments))].into()
    }

    /// Who remarks on everything has found everything, and must not pass for it.
    pub(super) fn decoys(&self) -> Vec<super::Decoy> {
        let Some((mark, _)) = &self.restraint else { return Vec::new() };
        let of = |severity: &Severity| super::Decoy {
            said: format!("a remark on every line, each {}", severity.words()),
            answers: self.flood(*severity),
            fails: mark.id.clone(),
        };
        Severity::ALL.iter().map(of).collect()
    }

    fn flood(&self, severity: Severity) -> Answers {
        let of = |file: &ChangedFile| {
            let lines = file.after.iter().flat_map(|text| (1_u32..).zip(text.lines())).map(|(line, _)| line);
            let path = file.path.clone();
            lines.map(move |line| (path.clone(), line)).collect::<Vec<_>>()
        };
        let comment = |(file, line): (String, u32)| {
            let of = |category: &Category| Comment {
                file: file.clone(),
                line,
                category: *category,
                severity,
                text: "Change this.".into(),
            };
            Category::ALL.iter().map(of).collect::<Vec<_>>()
        };
        let comments: Vec<Comment> = self.files.iter().flat_map(of).flat_map(comment).collect();
        [(COMMENTS.to_string(), answered(&comments))].into()
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn outcome(mark: &CheckMark, verdict: Verdict, feedback: String, observation: serde_json::Value) -> Outcome {
    Outcome { check: mark.id.clone(), verdict, feedback, observation }
}
