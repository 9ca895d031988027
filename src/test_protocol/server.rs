//! Requests in, replies out.

use std::sync::Arc;

use bstr::BString;

use super::message::Refusal;
use super::{MESSAGE_LIMIT, Reply, token};
use crate::engine::json::{Style, Tape, Value, parse};
use crate::engine::trace::{NoTrace, Steps};
use crate::engine::{Engine, Mode, Moment, Session, SessionOptions};
use crate::output::{EventData, RuleTrace};

/// Sessions at once; a new one takes the place of the one that was used longest ago.
const MAX_SESSIONS: usize = 64;

/// A session ends when it has not been used for so many seconds.
const SESSION_TIMEOUT: i64 = 900;

/// What answers requests.
#[derive(Debug)]
pub struct TestServer {
    /// Nothing: the ruleset does not load.
    engine: Option<Arc<Engine>>,
    /// What every new session says about the load.
    messages: Vec<String>,
    hostname: BString,
    sessions: Vec<Entry>,
    next_token: u32,
}

#[derive(Debug)]
struct Entry {
    token: String,
    session: Session,
    used: i64,
}

/// The parameters of an event.
struct Parameters {
    location: Vec<u8>,
    event: Vec<u8>,
    token: Option<Vec<u8>>,
    rules_debug: bool,
    warnings: Vec<String>,
}

impl TestServer {
    /// A server for one ruleset, if it loads; `messages` is what the load said
    /// ([`super::load_messages`]). Tokens count up from `seed`.
    pub fn new(
        engine: Option<Arc<Engine>>,
        messages: Vec<String>,
        hostname: BString,
        seed: u32,
    ) -> Self {
        TestServer {
            engine,
            messages,
            hostname,
            sessions: Vec::new(),
            next_token: seed,
        }
    }

    /// Answers one request that comes at this moment.
    pub fn handle(&mut self, request: &[u8], at: Moment) -> Vec<u8> {
        let mut out = Vec::new();
        match self.answer(request, at, &mut out) {
            Ok(()) => {}
            Err((refusal, message)) => Reply::Refused(refusal, message.to_owned()).print(&mut out),
        }
        out
    }

    fn answer(
        &mut self,
        request: &[u8],
        at: Moment,
        out: &mut Vec<u8>,
    ) -> Result<(), (Refusal, &'static str)> {
        if request.len() > MESSAGE_LIMIT {
            return Err((Refusal::TooLarge, "the message is too large"));
        }
        let mut tape = Tape::default();
        let request = parse(request, &mut tape).ok_or((Refusal::NotJson, "no valid JSON"))?;
        if !request.is_object() {
            return Err((Refusal::NotJson, "no JSON object"));
        }
        self.sessions
            .retain(|entry| at.seconds.saturating_sub(entry.used) < SESSION_TIMEOUT);
        let fields = |text| (Refusal::Fields, text);
        let command = request.member_ignoring_case(b"command");
        let command = command.and_then(Value::as_text);
        let command = command.ok_or(fields("the text `command` is missing"))?;
        let parameters = request.member_ignoring_case(b"parameters");
        let parameters = parameters.filter(|value| value.is_object());
        let parameters = parameters.ok_or(fields("the object `parameters` is missing"))?;
        match command {
            b"log_processing" => {
                let parameters = Parameters::read(parameters)?;
                self.evaluate(parameters, at, out);
                Ok(())
            }
            b"remove_session" => self.remove(parameters, out),
            _ => Err((Refusal::Command, "unknown command")),
        }
    }

    fn remove(
        &mut self,
        parameters: Value<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), (Refusal, &'static str)> {
        let wrong = (Refusal::Token, "there is no session with this token");
        let wanted = parameters.member_ignoring_case(b"token");
        let wanted = wanted.and_then(Value::as_text).ok_or(wrong)?;
        let is_wanted = |entry: &Entry| entry.token.as_bytes() == wanted;
        let position = self.sessions.iter().position(is_wanted).ok_or(wrong)?;
        let token = self.sessions.remove(position).token;
        let text = format!("INFO: (7206): The session '{token}' was closed successfully");
        Reply::Removed(vec![text]).print(out);
        Ok(())
    }

    fn evaluate(&mut self, parameters: Parameters, at: Moment, out: &mut Vec<u8>) {
        let mut messages = parameters.warnings;
        let Some(engine) = self.engine.clone() else {
            messages.extend(self.messages.iter().cloned());
            Reply::Failed(messages).print(out);
            return;
        };
        let wanted = parameters.token.as_deref();
        let is_wanted = |entry: &Entry| Some(entry.token.as_bytes()) == wanted;
        let position = match self.sessions.iter().position(is_wanted) {
            Some(position) => position,
            None => {
                if let Some(unknown) = wanted {
                    let unknown = String::from_utf8_lossy(unknown);
                    messages.push(format!("WARNING: (7003): '{unknown}' token expires"));
                }
                self.open(&engine, &mut messages)
            }
        };
        let entry = &mut self.sessions[position];
        entry.used = at.seconds;
        let (location, event) = (&parameters.location[..], &parameters.event[..]);
        let mut steps = Steps::default();
        let session = &mut entry.session;
        let result = if parameters.rules_debug {
            session.evaluate_traced(location, event, at, &mut steps)
        } else {
            session.evaluate_traced(location, event, at, &mut NoTrace)
        };
        match result {
            Ok(verdict) => {
                let trace = RuleTrace::new(&engine, &steps, false);
                let trace = parameters.rules_debug.then_some(&trace);
                let mut data = EventData::new(&verdict, self.hostname.as_ref(), trace);
                data.messages = messages;
                data.token = Some(entry.token.clone());
                Reply::Event(data).print(out);
            }
            Err(rejection) => {
                messages.push(format!("ERROR: {rejection}"));
                Reply::Failed(messages).print(out);
            }
        }
    }

    /// Begins a session and returns its position.
    fn open(&mut self, engine: &Arc<Engine>, messages: &mut Vec<String>) -> usize {
        if self.sessions.len() >= MAX_SESSIONS {
            let oldest = self.sessions.iter().enumerate();
            if let Some((position, _)) = oldest.min_by_key(|(_, entry)| entry.used) {
                self.sessions.remove(position);
            }
        }
        let token = token(self.next_token);
        self.next_token = self.next_token.wrapping_add(1);
        messages.extend(self.messages.iter().cloned());
        messages.push(format!(
            "INFO: (7202): Session initialized with token '{token}'"
        ));
        let options = SessionOptions {
            hostname: self.hostname.clone(),
            mode: Mode::TestTool,
        };
        self.sessions.push(Entry {
            token,
            session: Session::new(Arc::clone(engine), options),
            used: 0,
        });
        self.sessions.len() - 1
    }
}

impl Parameters {
    fn read(parameters: Value<'_>) -> Result<Self, (Refusal, &'static str)> {
        let text = |name: &[u8], message| {
            let value = parameters.member_ignoring_case(name);
            let value = value.and_then(Value::as_text);
            let value = value.filter(|text| !text.is_empty());
            value.ok_or((Refusal::Fields, message))
        };
        let location = text(b"location", "the text `location` is missing")?;
        // It must be there, and that is all.
        text(b"log_format", "the text `log_format` is missing")?;
        let mut warnings = Vec::new();
        let token =
            parameters
                .member_ignoring_case(b"token")
                .and_then(|value| match value.as_text() {
                    Some(text) if text.len() == 8 => Some(text.to_vec()),
                    _ => {
                        let mut shown = Vec::new();
                        value.print(Style::Compact, &mut shown);
                        let shown = String::from_utf8_lossy(&shown);
                        warnings.push(format!("WARNING: (7309): '{shown}' is not a valid token"));
                        None
                    }
                });
        let mut rules_debug = false;
        if let Some(options) = parameters.member_ignoring_case(b"options") {
            if !options.is_object() {
                warnings.push("WARNING: (7005): 'options' is no object and is ignored".to_owned());
            } else if let Some(wish) = options.member_ignoring_case(b"rules_debug") {
                match wish.as_bool() {
                    Some(wish) => rules_debug = wish,
                    None => warnings.push(
                        "WARNING: (7006): 'rules_debug' is no boolean and is ignored".to_owned(),
                    ),
                }
            }
        }
        Ok(Parameters {
            location: location.to_vec(),
            event: event(parameters)?,
            token,
            rules_debug,
            warnings,
        })
    }
}

/// A text that is not empty, or an object that is not empty, printed.
fn event(parameters: Value<'_>) -> Result<Vec<u8>, (Refusal, &'static str)> {
    let missing = (Refusal::Fields, "the text or object `event` is missing");
    let value = parameters.member_ignoring_case(b"event").ok_or(missing)?;
    let mut event = Vec::new();
    match value.as_text() {
        Some(text) => event.extend_from_slice(text),
        None if value.is_object() => value.print(Style::Compact, &mut event),
        None => {}
    }
    if event.is_empty() || event == b"{}" && value.is_object() {
        return Err(missing);
    }
    Ok(event)
}
