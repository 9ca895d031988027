//! What holds for the whole file: `[ruleset]` and `[defaults]`.

use bstr::BString;
use jiff::tz::TimeZone;
use toml::de::DeTable;

use super::reader::{Reader, Value};
use super::time;
use crate::dialect::Dialect;
use crate::engine::Mode;
use crate::ruleset::suggest::did_you_mean;
use crate::suite::{LOCATION, RulesetFiles};

/// What may stand in `[defaults]` and in a case.
pub(super) const KEYS: [&str; 5] = ["start", "time_zone", "hostname", "location", "as"];

/// What holds for a case that says nothing else.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub(super) start: i64,
    pub(super) zone: TimeZone,
    pub(super) hostname: Option<BString>,
    pub(super) location: BString,
    pub(super) mode: Option<Mode>,
}

impl Defaults {
    pub(super) fn new(start: i64, zone: &TimeZone) -> Self {
        Defaults {
            start,
            zone: zone.clone(),
            hostname: None,
            location: LOCATION.into(),
            mode: None,
        }
    }

    /// With what a table says. Other keys of the table are not looked at.
    pub(super) fn changed(&self, reader: &mut Reader, table: &DeTable<'_>) -> Self {
        let mut changed = self.clone();
        // First, because the start is read in it.
        if let Some(value) = table.get("time_zone")
            && let Some(name) = reader.text(value, "time_zone")
        {
            match TimeZone::get(&name).or_else(|_| TimeZone::posix(&name)) {
                Ok(zone) => changed.zone = zone,
                Err(_) => {
                    let must = "no such time zone is known";
                    reader.impossible(value, must, "names look like `Europe/Berlin`");
                }
            }
        }
        if let Some(value) = table.get("start")
            && let Some(start) = time::start(reader, value, &changed.zone)
        {
            changed.start = start;
        }
        if let Some(value) = table.get("hostname")
            && let Some(name) = reader.bytes(value, "hostname")
        {
            changed.hostname = Some(name);
        }
        if let Some(value) = table.get("location")
            && let Some(location) = reader.bytes(value, "location")
        {
            changed.location = location;
        }
        if let Some(value) = table.get("as")
            && let Some(name) = reader.text(value, "as")
        {
            match name.as_str() {
                "test-tool" | "logtest" => changed.mode = Some(Mode::TestTool),
                "daemon" => changed.mode = Some(Mode::Daemon),
                _ => {
                    let must = "`as` is \"test-tool\" or \"daemon\"";
                    reader.impossible(value, must, "this is another word");
                }
            }
        }
        changed
    }
}

/// `[ruleset]`.
pub(super) fn ruleset(reader: &mut Reader, value: &Value<'_>) -> Option<RulesetFiles> {
    const FILES: [&str; 3] = ["decoders", "rules", "lists"];
    let table = reader.table(value, "ruleset")?;
    let known = [
        "decoders", "rules", "lists", "config", "root", "add", "dialect",
    ];
    reader.known(table, "[ruleset]", &known);
    let mut ruleset = RulesetFiles::default();
    let paths = |reader: &mut Reader, key: &str| -> Vec<String> {
        let value = table.get(key);
        value.map_or_else(Vec::new, |value| {
            reader.one_or_more(value, |reader, one| reader.text(one, key))
        })
    };
    for key in FILES {
        ruleset.files.extend(paths(reader, key));
    }
    ruleset.add = paths(reader, "add");
    ruleset.config = table
        .get("config")
        .and_then(|value| reader.text(value, "config"));
    ruleset.root = table
        .get("root")
        .and_then(|value| reader.text(value, "root"));
    if let Some(value) = table.get("dialect")
        && let Some(name) = reader.text(value, "dialect")
    {
        match name.parse::<Dialect>() {
            Ok(dialect) => ruleset.dialect = Some(dialect),
            Err(error) => {
                let names = Dialect::ALL.iter().map(|dialect| dialect.name());
                let help = did_you_mean(&name, names);
                let why = help.as_deref().unwrap_or("no such dialect");
                reader.impossible(value, &error.to_string(), why);
            }
        }
    }
    if let Some(key) = FILES.iter().find_map(|key| table.get_key_value(*key))
        && (ruleset.config.is_some() || ruleset.root.is_some())
    {
        let span = reader.span(key.0.span());
        let message = "files cannot be named beside a configuration";
        let help = "`add` reads files behind the ruleset of the configuration";
        reader.misfit(
            span,
            message,
            "the configuration names its files itself",
            help,
        );
    }
    Some(ruleset)
}
