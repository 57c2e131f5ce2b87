//! What partners say.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::event::Artefact;

/// What partners say. The subject is whom they speak of; who answered is never shown beside the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Survey {
    /// Somebody was asked.
    SurveySent {
        /// Which survey: one question to one requester.
        survey: String,
        /// Who is asked, as an opaque name; a person's id where that is known.
        requester: String,
        /// The closed ticket that they are asked about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<String>,
        /// Who chose whom to ask.
        #[serde(default)]
        chosen_by: Chooser,
    },
    /// They answered.
    SurveyAnswered {
        /// Which survey.
        survey: String,
        /// From 1 to 5.
        score: u8,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Artefact>,
    },
    /// They would rather not.
    SurveyDeclined {
        /// Which survey.
        survey: String,
    },
}

impl Survey {
    /// Which survey it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::SurveySent { survey, .. } | Self::SurveyAnswered { survey, .. } | Self::SurveyDeclined { survey } => {
                survey
            }
        }
    }
}

/// Who chose whom to ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chooser {
    /// The system, by a draw among closed tickets.
    System,
    /// A person. Where nothing is said, this is assumed.
    #[default]
    Person,
}
