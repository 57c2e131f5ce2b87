//! A text that is written from notes: whether it says what it must, and nothing that the notes don't have. Whether it is
//! well written is for people to say.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::{Regex, RegexBuilder};
use scorecards::{event::Verdict, marking::CheckMark};
use serde_json::json;

use super::{Answers, BROKEN, given};
use crate::{catalog::Vars, grader::Outcome};

/// Fewer words are no text, and what is not there says nothing wrong.
const LEAST_WORDS: usize = 15;

/// Something to be written. Texts may hold variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// What is known beside the notes: the brief.
    pub known: String,
    /// What is known, in notes.
    pub notes: Vec<String>,
    /// The parts of the text.
    pub parts: Vec<Part>,
    /// What is asked of it.
    pub criteria: Vec<Criterion>,
    /// Texts that are not good, and which of the criteria must see it.
    pub bad: Vec<Bad>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field it is written in.
    pub field: String,
    /// What it is called.
    pub label: String,
    /// Whether it is one line, such as a subject.
    pub line: bool,
    /// A text that is good.
    pub model: String,
}

/// Something that is asked of a text, by a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// What it is worth.
    pub mark: CheckMark,
    /// What is asked.
    pub asks: Asks,
    /// Why.
    pub explain: String,
}

/// What can be asked of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Each of these patterns finds something in it.
    Says(Vec<String>),
    /// Nothing is there that one of these patterns finds.
    Avoids(Vec<String>),
    /// Numbers, times, machines and the like are those of the notes and the brief.
    InventsNothing,
    /// It has no more words than this.
    AtMost(usize),
}

/// A text that is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Its parts, by field.
    pub parts: Answers,
    /// The criteria that must see it.
    pub fails: Vec<String>,
}

impl Writing {
    pub(super) fn marks(&self) -> impl Iterator<Item = &CheckMark> {
        self.criteria.iter().map(|criterion| &criterion.mark)
    }

    pub(super) fn judge(&self, vars: &Vars, answers: &Answers) -> Vec<Outcome> {
        let parts: Vec<String> = self.parts.iter().map(|part| given(answers, &part.field).join("\n")).collect();
        let text = parts.join("\n");
        let known =
            [vec![vars.fill(&self.known)], self.notes.iter().map(|note| vars.fill(note)).collect()].concat().join("\n");
        self.criteria.iter().map(|criterion| criterion.judge(vars, &text, &known)).collect()
    }

    pub(super) fn decoys(&self, vars: &Vars) -> Vec<super::Decoy> {
        let of = |bad: &Bad| {
            let filled = |texts: &Vec<String>| texts.iter().map(|text| vars.fill(text)).collect();
            let answers: Answers = bad.parts.iter().map(|(field, texts)| (field.clone(), filled(texts))).collect();
            let said = "a text that is not good".to_string();
            let decoy = move |fails: &String| super::Decoy {
                said: said.clone(),
                answers: answers.clone(),
                fails: fails.clone(),
            };
            bad.fails.iter().map(decoy).collect::<Vec<_>>()
        };
        self.bad.iter().flat_map(of).collect()
    }

    pub(super) fn model(&self, vars: &Vars) -> Answers {
        self.parts.iter().map(|part| (part.field.clone(), vec![vars.fill(&part.model)])).collect()
    }
}

impl Criterion {
    fn judge(&self, vars: &Vars, text: &str, known: &str) -> Outcome {
        let words = text.split_whitespace().count();
        let explain = vars.fill(&self.explain);
        let failed = |why: String| (Verdict::Failed, format!("{why} {explain}").trim().to_string());
        // What each pattern finds; `None` where one of them is none.
        let found = |patterns: &[String]| -> Option<Vec<Option<String>>> {
            let find = |pattern: Regex| pattern.find(text).map(|found| found.as_str().to_string());
            patterns.iter().map(|pattern| anywhere(pattern, vars).map(find)).collect()
        };
        let (verdict, feedback) = if words < LEAST_WORDS {
            failed("There is hardly a text.".into())
        } else {
            match &self.asks {
                Asks::Says(patterns) => match found(patterns) {
                    None => (Verdict::Broken, BROKEN.into()),
                    Some(found) if found.iter().all(Option::is_some) => (Verdict::Passed, explain),
                    Some(_) => failed(String::new()),
                },
                Asks::Avoids(patterns) => match found(patterns).map(|found| found.into_iter().flatten().next()) {
                    None => (Verdict::Broken, BROKEN.into()),
                    Some(None) => (Verdict::Passed, explain),
                    Some(Some(found)) => failed(format!("It says \"{}\".", found.trim())),
                },
                Asks::InventsNothing => {
                    let known = facts(known);
                    let invented: Vec<String> = facts(text).into_iter().filter(|fact| !known.contains(fact)).collect();
                    if invented.is_empty() {
                        (Verdict::Passed, explain)
                    } else {
                        failed(format!("The notes don't have: {}.", invented.join(", ")))
                    }
                }
                Asks::AtMost(most) if words <= *most => (Verdict::Passed, explain),
                Asks::AtMost(most) => failed(format!("It has {words} words; {most} were asked for at most.")),
            }
        };
        Outcome { check: self.mark.id.clone(), verdict, feedback, observation: json!({ "words": words }) }
    }
}

/// What can be checked of a text without understanding it: names with a number in them, days, times, and numbers of more
/// than one digit, each as it is written in most ways (SEV-2 is sev2, 09:05 is 9:05, 1,204 is 1204).
fn facts(text: &str) -> BTreeSet<String> {
    static FACT: LazyLock<Regex> = LazyLock::new(|| {
        let name = r"\b[a-z]{1,12}-?[0-9]+(?:-[a-z0-9]+)*";
        let (day, time, number) =
            ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?", "[0-9]+(?:[.,/][0-9]+)*");
        Regex::new(&format!("(?i){name}|{day}|{time}|{number}")).expect("a pattern that is tested")
    });
    static THOUSANDS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[0-9]{1,3}(?:,[0-9]{3})+$").expect("a pattern that is tested"));
    let bare = |fact: &str| {
        let fact = fact.to_lowercase();
        let letters = fact.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or_default();
        if letters > 0 {
            let (letters, rest) = fact.split_at(letters);
            return format!("{letters}{}", rest.trim_start_matches('-'));
        }
        if THOUSANDS.is_match(&fact) {
            return fact.replace(',', "");
        }
        fact.strip_prefix('0').filter(|rest| rest.contains(':')).map_or(fact.clone(), Into::into)
    };
    // A lone digit is a word as often as a fact.
    FACT.find_iter(text).map(|found| bare(found.as_str())).filter(|fact| fact.len() > 1).collect()
}

/// A pattern to be found anywhere, whatever its case; a variable in it stands for its value, letter by letter.
pub(crate) fn anywhere(pattern: &str, vars: &Vars) -> Option<Regex> {
    RegexBuilder::new(&vars.literal().fill(pattern)).case_insensitive(true).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Vec<String> {
        facts(text).into_iter().collect()
    }

    #[test]
    fn facts_are_what_can_be_checked() {
        let text = "At 09:05 UTC web1 and db1-stage lost 1,204 of 12.5 % in CHG-0042, one of 3, on 2026-11-23.";
        assert_eq!(known(text), ["12.5", "1204", "2026-11-23", "9:05", "chg0042", "db1-stage", "web1"]);
        assert_eq!(known("nothing here"), Vec::<String>::new());
    }

    #[test]
    fn a_fact_is_the_same_in_whatever_way_it_is_written() {
        for (one, other) in [
            ("14:10\u{2013}14:35", "from 14:10 to 14:35"),
            ("20:15-21:40 UTC", "20:15 and 21:40"),
            ("14:35Z", "14:35 UTC"),
            ("SEV-2", "sev2"),
            ("1204", "1,204"),
            ("30min", "30 minutes"),
            ("12.5GB", "12.5 GB"),
            ("200passengers", "200 passengers"),
        ] {
            assert_eq!(known(one), known(other), "{one}");
            assert!(!known(one).is_empty(), "{one}");
        }
    }

    fn writing(asks: Asks) -> Writing {
        let mark = CheckMark {
            id: "it".into(),
            title: "It does".into(),
            points: 1,
            required: true,
            dimension: "communication".into(),
        };
        Writing {
            known: "INC-0001 is known".into(),
            notes: vec!["{{host}} failed at 09:05".into()],
            parts: vec![Part { field: "body".into(), label: "Text".into(), line: false, model: "m".into() }],
            criteria: vec![Criterion { mark, asks, explain: "So it is.".into() }],
            bad: Vec::new(),
        }
    }

    fn judged(asks: Asks, text: &str) -> (Verdict, String) {
        let vars = Vars([("host".to_string(), "web1".to_string())].into());
        let filler = " and then it was mended by who was there, and all of them saw that it was well again";
        let answers = Answers::from([("body".into(), vec![format!("{text}{filler}")])]);
        let outcome = writing(asks).judge(&vars, &answers).remove(0);
        (outcome.verdict, outcome.feedback)
    }

    #[test]
    fn all_that_must_be_said_is_looked_for() {
        let asks = || Asks::Says(vec!["{{host}}".into(), "fail(s|ed)|broke".into()]);
        assert_eq!(judged(asks(), "WEB1 broke").0, Verdict::Passed);
        assert_eq!(judged(asks(), "web1 was slow").0, Verdict::Failed);
    }

    #[test]
    fn what_must_not_be_said_is_named() {
        let (verdict, words) = judged(Asks::Avoids(vec!["fault of \\w+".into()]), "It was the fault of Jonas");
        assert_eq!((verdict, words.as_str()), (Verdict::Failed, "It says \"fault of Jonas\". So it is."));
        assert_eq!(judged(Asks::Avoids(vec!["fault of".into()]), "It was a setting").0, Verdict::Passed);
    }

    #[test]
    fn what_the_notes_do_not_have_is_named() {
        assert_eq!(judged(Asks::InventsNothing, "web1 failed at 9:05, see INC-0001,").0, Verdict::Passed);
        let (verdict, words) = judged(Asks::InventsNothing, "web2 failed at 9:06");
        assert_eq!((verdict, words.as_str()), (Verdict::Failed, "The notes don't have: 9:06, web2. So it is."));
    }

    #[test]
    fn length_is_counted_in_words() {
        assert_eq!(judged(Asks::AtMost(25), "Short").0, Verdict::Passed);
        let (verdict, words) = judged(Asks::AtMost(18), "Short");
        assert!(verdict == Verdict::Failed && words.starts_with("It has 20 words; 18"), "{words}");
    }

    #[test]
    fn no_text_says_nothing_well() {
        let vars = Vars::default();
        for asks in [Asks::Avoids(vec!["x".into()]), Asks::InventsNothing, Asks::AtMost(100)] {
            let outcome = writing(asks).judge(&vars, &Answers::new()).remove(0);
            assert_eq!(outcome.verdict, Verdict::Failed);
        }
    }
}
