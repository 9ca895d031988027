//! The three phases as `wazuh-logtest` shows them (`spec/wazuh.md` §14.3).
//!
//! The original's tool gets the object of the alert from the daemon and prints what is in it: this
//! works on the same object.

use std::io::{self, Write};

use bstr::{BStr, BString};

use super::tree::{NodeId, Tree, Value};
use super::{EventData, Palette, WazuhOutput, python};
use crate::output::RuleTrace;
use crate::output::rule_trace::write_wazuh_line;
use crate::verdict::Verdict;

/// The text of Wazuh's test tool. Without colours it equals the original byte for byte.
#[derive(Clone, Debug)]
pub struct WazuhPhases {
    manager: BString,
    palette: Palette,
}

impl WazuhPhases {
    /// The format, on a manager of this name.
    pub fn new(manager: BString, palette: Palette) -> Self {
        WazuhPhases { manager, palette }
    }

    /// Writes one event; with a trace, what the original's `-v` shows.
    ///
    /// # Errors
    /// As `out`.
    pub fn write(
        &self,
        out: &mut dyn Write,
        verdict: &Verdict<'_>,
        trace: Option<&RuleTrace<'_>>,
    ) -> io::Result<()> {
        let output = WazuhOutput::new(verdict, self.manager.as_ref());
        self.blocks(out, &output, verdict.alert(), |text| match trace {
            Some(trace) => {
                self.heading("**Rule debugging:", text);
                trace.write_wazuh(text, &self.palette)
            }
            None => Ok(()),
        })
    }

    /// Writes what the test protocol says about an event.
    ///
    /// # Errors
    /// As `out`.
    pub fn write_data(&self, out: &mut dyn Write, data: &EventData<'_>) -> io::Result<()> {
        self.blocks(out, data.output(), data.alert(), |text| {
            let Some(lines) = data.rules_debug() else {
                return Ok(());
            };
            self.heading("**Rule debugging:", text);
            lines
                .iter()
                .try_for_each(|line| write_wazuh_line(text, line))
        })
    }

    fn blocks(
        &self,
        out: &mut dyn Write,
        output: &WazuhOutput<'_>,
        alert: bool,
        debugging: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        let tree = output.tree();
        let mut text = Vec::new();
        self.pre_decoding(tree, &mut text);
        self.decoding(tree, &mut text);
        debugging(&mut text)?;
        self.filtering(tree, &mut text);
        if alert {
            let alert = self.palette.alert;
            // Writing to a vector cannot fail.
            let _ = writeln!(text, "{alert}**Alert to be generated.{alert:#}");
        }
        out.write_all(&text)
    }

    fn pre_decoding(&self, tree: &Tree<'_>, out: &mut Vec<u8>) {
        self.heading("**Phase 1: Completed pre-decoding.", out);
        if let Some(log) = tree.member(Tree::ROOT, "full_log") {
            self.line(b"full event", tree.value(log), out);
        }
        if let Some(known) = tree.member(Tree::ROOT, "predecoder") {
            for name in ["timestamp", "hostname", "program_name"] {
                if let Some(id) = tree.member(known, name) {
                    self.line(name.as_bytes(), tree.value(id), out);
                }
            }
        }
    }

    fn decoding(&self, tree: &Tree<'_>, out: &mut Vec<u8>) {
        self.heading("**Phase 2: Completed decoding.", out);
        let decoder = tree.member(Tree::ROOT, "decoder");
        let name = decoder.and_then(|decoder| tree.member(decoder, "name"));
        let (Some(decoder), Some(_)) = (decoder, name) else {
            out.extend_from_slice(b"\tNo decoder matched.\n");
            return;
        };
        self.first_then_sorted(tree, decoder, &["name", "parent"], out);
        if let Some(data) = tree.member(Tree::ROOT, "data") {
            self.first_then_sorted(tree, data, &[], out);
        }
    }

    fn filtering(&self, tree: &Tree<'_>, out: &mut Vec<u8>) {
        let Some(rule) = tree.member(Tree::ROOT, "rule") else {
            return;
        };
        self.heading("**Phase 3: Completed filtering (rules).", out);
        let first = ["id", "level", "description", "groups", "firedtimes"];
        self.first_then_sorted(tree, rule, &first, out);
    }

    /// The members in the order of the names, then the others by name. Nested objects are printed at
    /// the place of their key, with the path as name; an object deeper down is sorted, too.
    fn first_then_sorted(
        &self,
        tree: &Tree<'_>,
        object: NodeId,
        first: &[&str],
        out: &mut Vec<u8>,
    ) {
        for name in first {
            if let Some(id) = tree.member(object, name) {
                self.line(name.as_bytes(), tree.value(id), out);
            }
        }
        let is_first = |key: &[u8]| first.iter().any(|name| name.as_bytes() == key);
        let sorted = |object: NodeId| {
            let mut ids: Vec<NodeId> = tree.members(object).collect();
            // The next one stands last.
            ids.sort_by(|&a, &b| tree.key(b).cmp(tree.key(a)));
            ids
        };
        let mut path = Vec::new();
        // Nodes that wait, each with the length of the path before its key.
        let mut waiting: Vec<(NodeId, usize)> = sorted(object)
            .into_iter()
            .filter(|&id| !is_first(tree.key(id)))
            .map(|id| (id, 0))
            .collect();
        while let Some((id, length)) = waiting.pop() {
            path.truncate(length);
            path.extend_from_slice(tree.key(id));
            let value = tree.value(id);
            if matches!(value, Value::Object(_)) {
                path.push(b'.');
                let length = path.len();
                waiting.extend(sorted(id).into_iter().map(|id| (id, length)));
            } else {
                self.line(&path, value, out);
            }
        }
    }

    fn heading(&self, text: &str, out: &mut Vec<u8>) {
        let heading = self.palette.heading;
        // Writing to a vector cannot fail.
        let _ = writeln!(out, "\n{heading}{text}{heading:#}");
    }

    fn line(&self, name: &[u8], value: &Value<'_>, out: &mut Vec<u8>) {
        let label = self.palette.label;
        // Writing to a vector cannot fail.
        let _ = write!(out, "\t{label}{}{label:#}: '", BStr::new(name));
        match value {
            Value::Text(text) => out.extend_from_slice(text),
            Value::Number(number) => _ = write!(out, "{number}"),
            Value::Bool(true) => out.extend_from_slice(b"True"),
            Value::Bool(false) => out.extend_from_slice(b"False"),
            Value::Array(array) => python::print(array, out),
            Value::Object(_) => {}
        }
        out.extend_from_slice(b"'\n");
    }
}
