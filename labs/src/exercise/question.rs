//! Questions that have a right answer.

use std::sync::LazyLock;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use regex::{Regex, RegexBuilder};
use scorecards::{event::Verdict, marking::CheckMark};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Answers, BROKEN, given};
use crate::{catalog::Vars, grader::Outcome};

/// A question. Texts may hold variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What it is worth; its id is also the field that is answered.
    pub mark: CheckMark,
    /// What is asked, as Markdown.
    pub ask: String,
    /// How it is answered, and what is right.
    pub answer: Answer,
    /// Why that is right, in plain text; told when the work is handed in.
    pub explain: String,
}

/// How a question is answered, and what is right.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// By one of several texts.
    One {
        /// The right one.
        right: String,
        /// The others.
        wrong: Vec<String>,
    },
    /// By any number of several texts.
    Several {
        /// Exactly these.
        right: Vec<String>,
        /// The others.
        wrong: Vec<String>,
    },
    /// By all of these texts, in this order.
    Order(Vec<String>),
    /// By a number.
    Number {
        /// The right one: a number, or a text with a variable that is one.
        is: String,
        /// How far off it may be.
        within: f64,
        /// What it counts; may be typed behind it.
        unit: Option<String>,
    },
    /// By a short text.
    Text {
        /// Regular expressions one of which the whole answer matches, whatever its case and spaces.
        accept: Vec<String>,
        /// An answer that is right.
        example: String,
        /// Answers that look right and are not; told to nobody, but held against `accept` when the lab is tested.
        refuse: Vec<String>,
    },
}

impl Question {
    /// Judges what was answered.
    pub(super) fn judge(&self, vars: &Vars, answers: &Answers) -> Outcome {
        let given = given(answers, &self.mark.id);
        let explain = vars.fill(&self.explain);
        let (verdict, feedback) = match self.answer.is_right(vars, &given) {
            _ if given.is_empty() => (Verdict::Failed, format!("You left this open. {explain}")),
            Some(true) => (Verdict::Passed, explain),
            Some(false) => (Verdict::Failed, format!("Your answer: {}. {explain}", given.join(self.answer.between()))),
            None => (Verdict::Broken, BROKEN.into()),
        };
        Outcome { check: self.mark.id.clone(), verdict, feedback: feedback.trim().into(), observation: json!(given) }
    }

    /// The texts to choose from or to bring into order, in an order of the attempt's own.
    #[must_use]
    pub fn shuffled(&self, vars: &Vars, seed: u64) -> Vec<String> {
        let mut texts: Vec<String> = match &self.answer {
            Answer::One { right, wrong } => [right].into_iter().chain(wrong).map(|text| vars.fill(text)).collect(),
            Answer::Several { right, wrong } => right.iter().chain(wrong).map(|text| vars.fill(text)).collect(),
            Answer::Order(items) => items.iter().map(|text| vars.fill(text)).collect(),
            Answer::Number { .. } | Answer::Text { .. } => Vec::new(),
        };
        // Each question has an order of its own, so that the place of one answer says nothing of the next.
        let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(&self.mark.id).finalize();
        texts.shuffle(&mut ChaCha8Rng::from_seed(digest.into()));
        texts
    }
}

impl Answer {
    /// What stands between the texts of an answer where it is told.
    fn between(&self) -> &'static str {
        if matches!(self, Self::Order(_)) { ", then " } else { "; " }
    }

    /// Whether an answer is right; `None` where the exercise itself is not.
    fn is_right(&self, vars: &Vars, given: &[String]) -> Option<bool> {
        let filled = |texts: &[String]| texts.iter().map(|text| vars.fill(text).trim().to_string()).collect::<Vec<_>>();
        Some(match self {
            Self::One { right, .. } => given == [vars.fill(right).trim()],
            Self::Several { right, .. } => {
                let (mut right, mut given) = (filled(right), given.to_vec());
                right.sort_unstable();
                given.sort_unstable();
                right == given
            }
            Self::Order(items) => filled(items) == given,
            Self::Number { is, within, unit } => {
                let is: f64 = vars.fill(is).trim().parse().ok()?;
                let [given] = given else { return Some(false) };
                // What is written in decimals is off by a little in binary.
                numbers(given, unit.as_deref()).any(|number| (number - is).abs() <= within + f64::EPSILON * is.abs())
            }
            Self::Text { accept, .. } => {
                let [given] = given else { return Some(false) };
                let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
                let patterns: Option<Vec<Regex>> = accept.iter().map(|pattern| whole(pattern, vars)).collect();
                patterns?.iter().any(|pattern| pattern.is_match(&given))
            }
        })
    }

    /// An answer that is right.
    #[must_use]
    pub fn model(&self, vars: &Vars) -> Vec<String> {
        let right: Vec<&String> = match self {
            Self::One { right, .. } => vec![right],
            Self::Several { right, .. } | Self::Order(right) => right.iter().collect(),
            Self::Number { is, .. } => vec![is],
            Self::Text { example, .. } => vec![example],
        };
        right.into_iter().map(|text| vars.fill(text)).collect()
    }

    /// Answers that must not be taken for right ones: near to it, or what somebody gives who has not understood.
    #[must_use]
    pub fn decoys(&self, vars: &Vars) -> Vec<Vec<String>> {
        let one = |text: &String| vec![vars.fill(text)];
        match self {
            Self::One { wrong, .. } => wrong.iter().map(one).collect(),
            Self::Several { right, wrong } => {
                let all: Vec<String> = right.iter().chain(wrong).map(|text| vars.fill(text)).collect();
                let without = |left: usize| {
                    let kept = right.iter().enumerate().filter(move |(at, _)| *at != left);
                    kept.map(|(_, text)| vars.fill(text)).collect()
                };
                let mut decoys: Vec<Vec<String>> = (0..right.len()).map(without).collect();
                if !wrong.is_empty() {
                    decoys.push(all);
                }
                decoys
            }
            Self::Order(items) => vec![items.iter().rev().map(|text| vars.fill(text)).collect()],
            Self::Number { is, within, .. } => {
                let Ok(is) = vars.fill(is).trim().parse::<f64>() else { return Vec::new() };
                let far = (within * 2.0).max(1.0);
                [is - far, is + far].map(|number| vec![number.to_string()]).into()
            }
            Self::Text { refuse, .. } => refuse.iter().map(one).collect(),
        }
    }
}

/// A pattern that the whole of an answer must match; a variable in it stands for its value, letter by letter.
pub fn whole(pattern: &str, vars: &Vars) -> Option<Regex> {
    RegexBuilder::new(&format!(r"\A(?:{})\z", vars.literal().fill(pattern))).case_insensitive(true).build().ok()
}

/// What number somebody may have typed: with its unit, whole or shortened, or without; a comma stands before decimals, or
/// parts thousands.
fn numbers(typed: &str, unit: Option<&str>) -> impl Iterator<Item = f64> {
    static THOUSANDS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$").expect("a pattern that is tested"));
    let typed = typed.to_lowercase();
    let unit = unit.unwrap_or_default().to_lowercase();
    let end = typed.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (number, after) = typed.split_at(end);
    let known = unit.starts_with(after.trim());
    let number = number.trim();
    let whole = THOUSANDS.is_match(number).then(|| number.replace(',', ""));
    let readings = [Some(number.replacen(',', ".", 1)), whole];
    let parsed = readings.into_iter().flatten().filter(move |_| known).filter_map(|text| text.parse().ok());
    parsed.filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question(answer: Answer) -> Question {
        Question {
            mark: CheckMark {
                id: "which".into(),
                title: "It is known which".into(),
                points: 2,
                required: true,
                dimension: "troubleshooting".into(),
            },
            ask: "Which?".into(),
            answer,
            explain: "It is {{name}}.".into(),
        }
    }

    fn vars() -> Vars {
        Vars([("name".to_string(), "a.b".to_string()), ("pid".to_string(), "421".to_string())].into())
    }

    fn verdict(answer: &Answer, given: &[&str]) -> Verdict {
        let answers = Answers::from([("which".into(), given.iter().map(ToString::to_string).collect())]);
        question(answer.clone()).judge(&vars(), &answers).verdict
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn kinds() -> Vec<Answer> {
        vec![
            Answer::One { right: "{{name}}".into(), wrong: texts(&["nginx", "apache"]) },
            Answer::Several { right: texts(&["x", "y"]), wrong: texts(&["z"]) },
            Answer::Order(texts(&["look", "change", "look again"])),
            Answer::Number { is: "{{pid}}".into(), within: 0.5, unit: Some("MiB".into()) },
            Answer::Text {
                accept: texts(&["{{name}}(\\.service)?", "the one called {{name}}"]),
                example: "{{name}}".into(),
                refuse: texts(&["axb", "{{name}} or nginx"]),
            },
        ]
    }

    #[test]
    fn the_model_is_right_nothing_is_wrong_and_so_is_every_decoy() {
        for answer in kinds() {
            let model = answer.model(&vars());
            let model: Vec<&str> = model.iter().map(String::as_str).collect();
            assert_eq!(verdict(&answer, &model), Verdict::Passed, "{answer:?}");
            assert_eq!(verdict(&answer, &[]), Verdict::Failed, "{answer:?}");
            assert_eq!(verdict(&answer, &["", " "]), Verdict::Failed, "{answer:?}");
            let decoys = answer.decoys(&vars());
            assert!(!decoys.is_empty());
            for decoy in decoys {
                let decoy: Vec<&str> = decoy.iter().map(String::as_str).collect();
                assert_eq!(verdict(&answer, &decoy), Verdict::Failed, "{answer:?} {decoy:?}");
            }
        }
    }

    #[test]
    fn what_was_ticked_counts_in_any_order_and_what_is_ordered_only_in_its_own() {
        let several = &kinds()[1];
        assert_eq!(verdict(several, &["y", "", "x"]), Verdict::Passed);
        let order = &kinds()[2];
        assert_eq!(verdict(order, &["change", "look", "look again"]), Verdict::Failed);
        assert_eq!(verdict(order, &["look", "change"]), Verdict::Failed);
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let number = &kinds()[3];
        for right in ["421", " 421 MiB", "421mib", "421 m", "421.5", "421,5", "420.5"] {
            assert_eq!(verdict(number, &[right]), Verdict::Passed, "{right}");
        }
        let large = Answer::Number { is: "4210".into(), within: 0.0, unit: None };
        for right in ["4210", "4,210", "4210.0"] {
            assert_eq!(verdict(&large, &[right]), Verdict::Passed, "{right}");
        }
        for wrong in ["422", "4,210", "421 GiB", "NaN", "inf", "about 421", "4.2.1", "42,1", "4,21"] {
            assert_eq!(verdict(number, &[wrong]), Verdict::Failed, "{wrong}");
        }
    }

    #[test]
    fn a_text_may_differ_in_case_and_spaces_and_a_variable_is_no_pattern() {
        let text = &kinds()[4];
        for right in ["A.B", "  a.b.service", "The one  called a.b"] {
            assert_eq!(verdict(text, &[right]), Verdict::Passed, "{right}");
        }
        for wrong in ["aXb", "a.b!", "not a.b"] {
            assert_eq!(verdict(text, &[wrong]), Verdict::Failed, "{wrong}");
        }
    }

    #[test]
    fn what_is_told_says_what_was_answered_and_why() {
        let of = |given: &[&str]| {
            let answers = Answers::from([("which".into(), texts(given))]);
            question(kinds()[0].clone()).judge(&vars(), &answers).feedback
        };
        assert_eq!(of(&[]), "You left this open. It is a.b.");
        assert_eq!(of(&["nginx"]), "Your answer: nginx. It is a.b.");
        assert_eq!(of(&["a.b"]), "It is a.b.");
    }

    #[test]
    fn a_number_that_is_none_is_the_authors_fault() {
        let answer = Answer::Number { is: "{{name}}".into(), within: 0.0, unit: None };
        assert_eq!(verdict(&answer, &["4"]), Verdict::Broken);
    }

    #[test]
    fn the_place_of_one_answer_says_nothing_of_the_next() {
        let many: Vec<String> = (0..8).map(|n| format!("text {n}")).collect();
        let mut first = question(Answer::Order(many.clone()));
        let again = first.shuffled(&vars(), 1);
        assert_eq!(first.shuffled(&vars(), 1), again);
        assert_ne!(first.shuffled(&vars(), 2), again);
        first.mark.id = "other".into();
        assert_ne!(first.shuffled(&vars(), 1), again);
    }

    proptest! {
        #[test]
        fn shuffling_loses_nothing(seed: u64, count in 1_usize..9) {
            let many: Vec<String> = (0..count).map(|n| format!("text {n}")).collect();
            let mut shuffled = question(Answer::Order(many.clone())).shuffled(&vars(), seed);
            shuffled.sort_unstable();
            prop_assert_eq!(shuffled, many);
        }

        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,40}") {
            for answer in kinds() {
                let _ = verdict(&answer, &[&typed]);
            }
        }
    }
}
