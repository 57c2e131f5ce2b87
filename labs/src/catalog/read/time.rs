//! `[time]`: how a lab's time may be used.

use scorecards::reader::Section;

use crate::catalog::lab::TimeSettings;

/// Reads the section, which may be missing, of a lab that takes so many minutes.
pub(super) fn read(root: &Section<'_, '_>, minutes: Option<u32>) -> Option<TimeSettings> {
    let usual = TimeSettings::usual(minutes.unwrap_or_default());
    let Some(section) = root.section("time", "[time]", "{ … }") else {
        return (!root.has("time")).then_some(usual);
    };
    let whole = |key, range, example| match section.number(key, range, example) {
        Some(number) => Some(u32::try_from(number.value).ok()),
        None => (!section.has(key)).then_some(None),
    };
    let extension = whole("extension", 0..=480, "15");
    let idle = whole("idle", 0..=480, "30");
    let assessed = section.boolean("extension-when-assessed").map(|flag| flag.value);
    section.finish();
    Some(TimeSettings {
        extension: extension?.unwrap_or(usual.extension),
        extension_when_assessed: assessed.unwrap_or(usual.extension_when_assessed),
        idle: idle?,
    })
}
