//! The object `data` of an answer of Wazuh's test protocol (`spec/wazuh.md` §14.2).

use bstr::BStr;

use super::WazuhOutput;
use super::tree::replace_invalid;
use crate::engine::json::push_string;
use crate::output::RuleTrace;
use crate::verdict::Verdict;

/// What the protocol says about one event.
#[derive(Clone, Debug)]
pub struct EventData<'v> {
    /// `messages`, if there are any.
    pub messages: Vec<String>,
    /// `token`, if there is a session with one.
    pub token: Option<String>,
    output: WazuhOutput<'v>,
    rules_debug: Option<Vec<Vec<u8>>>,
    alert: bool,
}

impl<'v> EventData<'v> {
    /// The answer about an event, on a manager of this name; with a trace, what `rules_debug` asks
    /// for.
    pub fn new(
        verdict: &Verdict<'v>,
        manager: &'v BStr,
        trace: Option<&RuleTrace<'_>>,
    ) -> EventData<'v> {
        EventData {
            messages: Vec::new(),
            token: None,
            output: WazuhOutput::new(verdict, manager),
            rules_debug: trace.map(RuleTrace::rules_debug),
            alert: verdict.alert(),
        }
    }

    /// The alert.
    pub fn output(&self) -> &WazuhOutput<'v> {
        &self.output
    }

    /// The rules that were tried, if that was asked for.
    pub(super) fn rules_debug(&self) -> Option<&[Vec<u8>]> {
        self.rules_debug.as_deref()
    }

    /// An alert is due.
    pub(super) fn alert(&self) -> bool {
        self.alert
    }

    /// Appends the object as compact JSON. What is not UTF-8 becomes U+FFFD.
    pub fn print(&self, out: &mut Vec<u8>) {
        let start = out.len();
        self.print_bytes(out);
        replace_invalid(out, start);
    }

    fn print_bytes(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        if !self.messages.is_empty() {
            out.extend_from_slice(b"\"messages\":");
            texts(self.messages.iter().map(String::as_bytes), out);
            out.push(b',');
        }
        if let Some(token) = &self.token {
            out.extend_from_slice(b"\"token\":");
            push_string(token.as_bytes(), out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"output\":");
        self.output.print(out);
        if let Some(lines) = &self.rules_debug {
            out.extend_from_slice(b",\"rules_debug\":");
            texts(lines.iter().map(Vec::as_slice), out);
        }
        let warned = self.messages.iter().any(|text| text.starts_with("WARNING"));
        let end = format!(
            ",\"alert\":{},\"codemsg\":{}}}",
            self.alert,
            u8::from(warned)
        );
        out.extend_from_slice(end.as_bytes());
    }
}

/// Appends an array of strings.
pub(super) fn texts<'t>(texts: impl Iterator<Item = &'t [u8]>, out: &mut Vec<u8>) {
    let mut separator = b'[';
    for text in texts {
        out.push(separator);
        push_string(text, out);
        separator = b',';
    }
    if separator == b'[' {
        out.push(b'[');
    }
    out.push(b']');
}
