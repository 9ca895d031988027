//! Requests in, replies out.

use std::sync::Arc;

use bstr::BString;

use super::message::Refusal;
use super::{MESSAGE_LIMIT, Reply, Request, token};
use crate::engine::json::{Style, Tape, Value, parse};
use crate::engine::trace::{NoTrace, Steps};
use crate::engine::{Engine, Mode, Moment, Session, SessionOptions};
use crate::output::{EventData, RuleTrace};

/// Sessions at once; a new one takes the place of the one that was used longest ago.
const MAX_SESSIONS: usize = 64;

/// A session ends when it has not been used for so many seconds.
const SESSION_TIMEOUT: i64 = 900;

const NO_LOCATION: &str = "the text `location` is missing";
const NO_EVENT: &str = "the text or object `event` is missing";

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
    token: Option<String>,
    rules_debug: bool,
    warnings: Vec<String>,
}

impl TestServer {
    /// A server for one ruleset, if it loads; `messages` is what the load said
    /// ([`super::load_messages`]). Tokens count up from `seed`.
    ///
    /// An error among the messages means that no session begins, even if the load went on.
    pub fn new(
        engine: Option<Arc<Engine>>,
        messages: Vec<String>,
        hostname: BString,
        seed: u32,
    ) -> Self {
        let failed = messages.iter().any(|message| message.starts_with("ERROR"));
        TestServer {
            engine: engine.filter(|_| !failed),
            messages,
            hostname,
            sessions: Vec::new(),
            next_token: seed,
        }
    }

    /// Answers one request that comes at this moment.
    pub fn handle(&mut self, request: &[u8], at: Moment) -> Vec<u8> {
        let mut out = Vec::new();
        let reply = self.answer(request, at);
        let refused = |(refusal, message): (_, &str)| Reply::Refused(refusal, message.to_owned());
        reply.unwrap_or_else(refused).print(&mut out);
        out
    }

    /// Answers a request to evaluate an event that comes at this moment.
    pub fn evaluate(&mut self, request: Request<'_>, at: Moment) -> Reply<'_> {
        for (text, message) in [(request.location, NO_LOCATION), (request.event, NO_EVENT)] {
            if text.is_empty() {
                return Reply::Refused(Refusal::Fields, message.to_owned());
            }
        }
        self.end_unused(at);
        self.process(request, Vec::new(), at)
    }

    fn end_unused(&mut self, at: Moment) {
        self.sessions
            .retain(|entry| at.seconds.saturating_sub(entry.used) < SESSION_TIMEOUT);
    }

    fn answer(&mut self, request: &[u8], at: Moment) -> Result<Reply<'_>, (Refusal, &'static str)> {
        if request.len() > MESSAGE_LIMIT {
            return Err((Refusal::TooLarge, "the message is too large"));
        }
        let mut tape = Tape::default();
        let request = parse(request, &mut tape).ok_or((Refusal::NotJson, "no valid JSON"))?;
        if !request.is_object() {
            return Err((Refusal::NotJson, "no JSON object"));
        }
        self.end_unused(at);
        let fields = |text| (Refusal::Fields, text);
        let command = request.member_ignoring_case(b"command");
        let command = command.and_then(Value::as_text);
        let command = command.ok_or(fields("the text `command` is missing"))?;
        let parameters = request.member_ignoring_case(b"parameters");
        let parameters = parameters.filter(|value| value.is_object());
        let parameters = parameters.ok_or(fields("the object `parameters` is missing"))?;
        match command {
            b"log_processing" => {
                let mut parameters = Parameters::read(parameters)?;
                let warnings = std::mem::take(&mut parameters.warnings);
                Ok(self.process(parameters.request(), warnings, at))
            }
            b"remove_session" => self.remove(parameters),
            _ => Err((Refusal::Command, "unknown command")),
        }
    }

    fn remove(&mut self, parameters: Value<'_>) -> Result<Reply<'static>, (Refusal, &'static str)> {
        let wrong = (Refusal::Token, "there is no session with this token");
        let wanted = parameters.member_ignoring_case(b"token");
        let wanted = wanted.and_then(Value::as_text).ok_or(wrong)?;
        let is_wanted = |entry: &Entry| entry.token.as_bytes() == wanted;
        let position = self.sessions.iter().position(is_wanted).ok_or(wrong)?;
        let token = self.sessions.remove(position).token;
        let text = format!("INFO: (7206): The session '{token}' was closed successfully");
        Ok(Reply::Removed(vec![text]))
    }

    /// Evaluates the event in its session; `messages` is what there is to say about the request.
    fn process(
        &mut self,
        request: Request<'_>,
        mut messages: Vec<String>,
        at: Moment,
    ) -> Reply<'_> {
        let Some(engine) = self.engine.clone() else {
            messages.extend(self.messages.iter().cloned());
            return Reply::Failed(messages);
        };
        let is_wanted = |entry: &Entry| Some(entry.token.as_str()) == request.token;
        let position = match self.sessions.iter().position(is_wanted) {
            Some(position) => position,
            None => {
                if let Some(unknown) = request.token {
                    messages.push(format!("WARNING: (7003): '{unknown}' token expires"));
                }
                self.open(&engine, &mut messages)
            }
        };
        let entry = &mut self.sessions[position];
        entry.used = at.seconds;
        let (location, event) = (request.location, request.event);
        let mut steps = Steps::default();
        let session = &mut entry.session;
        let result = if request.rules_debug {
            session.evaluate_traced(location, event, at, &mut steps)
        } else {
            session.evaluate_traced(location, event, at, &mut NoTrace)
        };
        match result {
            Ok(verdict) => {
                let trace = RuleTrace::new(&engine, &steps, false);
                let trace = request.rules_debug.then_some(&trace);
                let mut data = EventData::new(&verdict, self.hostname.as_ref(), trace);
                data.messages = messages;
                data.token = Some(entry.token.clone());
                Reply::Event(data)
            }
            Err(rejection) => {
                messages.push(format!("ERROR: {rejection}"));
                Reply::Failed(messages)
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
        let location = text(b"location", NO_LOCATION)?;
        // It must be there, and that is all.
        text(b"log_format", "the text `log_format` is missing")?;
        let mut warnings = Vec::new();
        let token =
            parameters
                .member_ignoring_case(b"token")
                .and_then(|value| match value.as_text() {
                    Some(text) if text.len() == 8 => {
                        Some(String::from_utf8_lossy(text).into_owned())
                    }
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

    fn request(&self) -> Request<'_> {
        Request {
            event: &self.event,
            location: &self.location,
            token: self.token.as_deref(),
            rules_debug: self.rules_debug,
        }
    }
}

/// A text that is not empty, or an object that is not empty, printed.
fn event(parameters: Value<'_>) -> Result<Vec<u8>, (Refusal, &'static str)> {
    let missing = (Refusal::Fields, NO_EVENT);
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
