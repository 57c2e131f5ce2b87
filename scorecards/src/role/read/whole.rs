//! The whole pack, file by file.

use super::Files;
use crate::{
    reader::Problems,
    role::{
        Entry, Role, Table,
        parts::{self, Excuse, Own, Scorecard, Summary, Variant},
    },
};

impl Role {
    /// Reads a pack. `folder` is its folder as messages are to name it, the last part of it being the role's id; `files`
    /// are its files, by their path in it (`kpis.toml`, `variants/enterprise.toml`), with their texts.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(folder: &str, files: &[(String, String)]) -> Result<Self, Problems> {
        let files = Files::new(folder, files);
        let mut role = Self::default();
        role.read_role(folder, &files);
        role.read_work(&files);
        role.read_people(&files);
        role.read_judgement(&files);
        role.read_variants(&files);
        files.read("summary.toml", |row| role.top = Summary::read(row, &role));
        files.read("coverage.toml", |row| role.excuses = Excuse::read(row));
        role.check_orders(&files);
        files.resolve();
        if files.is_sound() {
            role.check_variants(&files);
        }
        role.places = files.into_places().map_err(Problems)?;
        Ok(role)
    }

    fn read_role(&mut self, folder: &str, files: &Files<'_>) {
        let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        files.read("role.toml", |row| {
            self.id = row.line("id", &format!("\"{name}\""));
            if row.has("id") && !self.id.is_empty() && self.id != name {
                let what = format!("the role's id is \"{}\", but its folder is \"{name}\"", self.id);
                row.wrong("id", what, "give both the same name");
            }
            self.title = row.line("title", "\"Junior Something Engineer\"");
            self.version = row.line("version", "\"1\"");
            self.summary = row.text("summary", "\"What it is.\"");
            self.mission = row.text("mission", "\"What it is for.\"");
            self.importance = row.text("importance", "\"Why that matters.\"");
            self.horizon = row.text("horizon", "\"For which time this is written.\"");
            self.collaborates = row.entries(Table::Collaborates);
            self.outcomes = row.entries(Table::Outcome);
            self.success = row.entries(Table::Success);
            self.high_performance = row.entries(Table::HighPerformance);
        });
    }

    fn read_work(&mut self, files: &Files<'_>) {
        list(files, Table::Responsibility, &mut self.responsibilities);
        list(files, Table::Activity, &mut self.activities);
        list(files, Table::Deliverable, &mut self.deliverables);
        list(files, Table::Goal, &mut self.goals);
        files.read("kpis.toml", |row| {
            (self.kpis, self.definitions) = parts::kpis(row).into_iter().unzip();
            self.notes = row.entries(Table::Note);
        });
        list(files, Table::Skill, &mut self.skills);
        list(files, Table::Behaviour, &mut self.behaviours);
        list(files, Table::Tool, &mut self.tools);
        list(files, Table::Environment, &mut self.environment);
    }

    fn read_people(&mut self, files: &Files<'_>) {
        files.read("stakeholders.toml", |row| {
            self.stakeholders = row.entries(Table::Stakeholder);
            self.collaboration = row.entries(Table::Collaboration);
            self.escalations = row.entries(Table::Escalation);
        });
        files.read("decisions.toml", |row| {
            self.levels = row.entries(Table::Level);
            self.rights = row.entries(Table::Right);
            self.authorities = row.entries(Table::Authority);
        });
        files.read("background.toml", |row| {
            self.prerequisites = row.entries(Table::Prerequisite);
            self.certifications = row.entries(Table::Certification);
            self.backgrounds = row.entries(Table::Background);
        });
        files.read("career.toml", |row| {
            self.feeders = row.entries(Table::Feeder);
            self.next = row.entries(Table::Next);
            self.criteria = row.entries(Table::Criterion);
            self.stages = row.entries(Table::Stage);
        });
        files.read("risks.toml", |row| {
            self.challenges = row.entries(Table::Challenge);
            self.bottlenecks = row.entries(Table::Bottleneck);
            self.antipatterns = row.entries(Table::Antipattern);
            self.underperformance = row.entries(Table::Underperformance);
            self.business_risks = row.entries(Table::BusinessRisk);
        });
        files.read("ai.toml", |row| {
            self.automatable = row.entries(Table::Automatable);
            self.human = row.entries(Table::Human);
            self.shifts = row.entries(Table::Shift);
            self.expectations = row.entries(Table::Expectation);
        });
    }

    fn read_judgement(&mut self, files: &Files<'_>) {
        files.read("hiring.toml", |row| {
            self.assess = row.entries(Table::Assess);
            self.exercises = row.entries(Table::Exercise);
            self.strong_signals = row.entries(Table::StrongSignal);
            self.weak_signals = row.entries(Table::WeakSignal);
            self.red_flags = row.entries(Table::RedFlag);
        });
        files.read("scorecard.toml", |row| self.scorecard = Scorecard::read(row));
    }

    fn read_variants(&mut self, files: &Files<'_>) {
        for name in files.variants() {
            let stem = name.trim_start_matches("variants/").trim_end_matches(".toml");
            let variant = files.read(name, |row| {
                let variant = Variant::read(row, &self.definitions);
                if !variant.id.is_empty() && variant.id != stem {
                    let what = format!("the variant's id is \"{}\", but its file is \"{stem}.toml\"", variant.id);
                    row.wrong("id", what, "give both the same name");
                }
                variant
            });
            self.variants.extend(variant);
        }
        self.variants.sort_by(|a, b| (a.own.axis, &a.id).cmp(&(b.own.axis, &b.id)));
    }

    /// Orders and numbers go from 1 upwards without a gap.
    fn check_orders(&mut self, files: &Files<'_>) {
        self.escalations.sort_by_key(|entry| entry.own.order);
        self.levels.sort_by_key(|entry| entry.own.order);
        // Several may be called in the same step, depending on the matter.
        in_order(files, "order", true, self.escalations.iter().map(|entry| (&*entry.id, entry.own.order)));
        in_order(files, "order", false, self.levels.iter().map(|entry| (&*entry.id, entry.own.order)));
        let dimensions = self.scorecard.dimensions.iter();
        in_order(files, "number", false, dimensions.map(|entry| (&*entry.id, entry.own.number)));
    }

    /// Any two variants of different axes must go together.
    fn check_variants(&self, files: &Files<'_>) {
        for (n, first) in self.variants.iter().enumerate() {
            for second in self.variants[n + 1..].iter().filter(|second| second.own.axis != first.own.axis) {
                if let Err(error) = self.with_variants(&[&first.id, &second.id]) {
                    files.wrong_with(&second.id, error.to_string(), "let one of them change it, or both alike");
                }
            }
        }
    }
}

/// Reads a file that has one kind of things.
fn list<T: Own>(files: &Files<'_>, table: Table, into: &mut Vec<Entry<T>>) {
    if let Some(read) = files.read(&format!("{}.toml", table.file()), |row| row.entries(table)) {
        *into = read;
    }
}

/// Notes the first number, of things in the order of their numbers, that is out of order.
fn in_order<'r>(files: &Files<'_>, key: &str, repeats: bool, things: impl Iterator<Item = (&'r str, u32)>) {
    let mut last = 0;
    for (id, number) in things {
        // One that could not be read is 0, and has been noted.
        if number != 0 && number != last + 1 && !(repeats && number == last) {
            let what = format!("`{key} = {number}`, where {} is next", last + 1);
            files.wrong_with(id, what, "number them 1, 2, 3 … without a gap");
            return;
        }
        last = number;
    }
}
