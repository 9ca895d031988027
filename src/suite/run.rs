//! Runs cases: each in a session of its own.

use std::sync::Arc;

use bstr::{BStr, BString};

use super::coverage::Coverage;
use super::{Case, Event, Expectation, Input};
use crate::engine::trace::NoTrace;
use crate::engine::{Engine, Moment, Rejection, Session, SessionOptions};
use crate::source::Span;
use crate::verdict::Verdict;

/// So many failures of a case are kept: it may have millions of events.
pub const MOST_FAILURES: usize = 20;

/// Evaluates cases on one engine, one after the other. A thread has its own.
#[derive(Debug)]
pub struct Runner {
    engine: Arc<Engine>,
    options: SessionOptions,
    coverage: Coverage,
}

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// Passed or not.
    pub status: Status,
    /// The first events that were not as expected, at most [`MOST_FAILURES`]. Behind the first of
    /// them the case goes on: what else is wrong helps to see why.
    pub failures: Vec<Failure>,
    /// How many there were.
    pub failed_events: usize,
}

/// Whether a case passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All expectations hold.
    Passed,
    /// They do not.
    Failed,
    /// They do not, which is known.
    Todo,
    /// They hold, though the case is marked as one that is known to fail.
    TodoPassed,
}

/// An event that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Position in [`Case::events`].
    pub event: usize,
    /// Which of its repetitions, from 0.
    pub time: usize,
    /// What differs; not empty.
    pub differences: Vec<Difference>,
    /// What came of it.
    pub actual: Actual,
}

/// An expectation that does not hold, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where the file has the expectation.
    pub place: Span,
    /// What it is about: `rule`, `field srcip`.
    pub what: String,
    /// What is expected.
    pub expected: String,
    /// What it is.
    pub actual: String,
}

/// The verdict of an event as plain data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actual {
    /// Why nothing came of the event at all.
    pub rejected: Option<String>,
    /// Name of the decoder.
    pub decoder: Option<BString>,
    /// Id of the rule.
    pub rule: Option<u32>,
    /// Its level.
    pub level: Option<u32>,
    /// An alert is due.
    pub alert: bool,
    /// The description of the rule, with values of the event.
    pub description: Option<BString>,
    /// Everything that rules can test.
    pub fields: Vec<(BString, BString)>,
}

impl Actual {
    /// Copies what a verdict says.
    pub fn new(verdict: &Result<Verdict<'_>, Rejection>) -> Self {
        let verdict = match verdict {
            Ok(verdict) => verdict,
            Err(rejection) => {
                return Actual {
                    rejected: Some(rejection.to_string()),
                    ..Actual::default()
                };
            }
        };
        let own = |text: &BStr| text.to_owned();
        let rule = verdict.rule();
        let fields = verdict.iter_values();
        Actual {
            rejected: None,
            decoder: verdict.decoder().map(own),
            rule: rule.map(|rule| rule.sid.0),
            level: rule.map(|rule| rule.level),
            alert: verdict.alert(),
            description: verdict.description().map(|text| own(&text)),
            fields: fields
                .map(|(name, value)| (own(name), own(value)))
                .collect(),
        }
    }
}

impl Runner {
    /// A runner that has covered nothing yet. The options are those of cases that say nothing
    /// about them.
    pub fn new(engine: Arc<Engine>, options: SessionOptions) -> Self {
        Runner {
            coverage: Coverage::new(engine.ruleset()),
            options,
            engine,
        }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// What the cases covered so far.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What all cases covered.
    pub fn into_coverage(self) -> Coverage {
        self.coverage
    }

    /// Runs a case.
    pub fn run(&mut self, case: &Case) -> CaseResult {
        let mut session = self.session(case);
        let mut failures = Vec::new();
        let mut failed_events = 0;
        self.coverage.begin_case();
        for (index, event) in case.events.iter().enumerate() {
            let last = event.moments.len().saturating_sub(1);
            for (time, &at) in event.moments.iter().enumerate() {
                let wanted = if time == last {
                    &event.expect
                } else {
                    &event.before
                };
                let (differences, actual) = self.step(&mut session, event, at, wanted);
                failed_events += usize::from(actual.is_some());
                if let Some(actual) = actual
                    && failures.len() < MOST_FAILURES
                {
                    failures.push(Failure {
                        event: index,
                        time,
                        differences,
                        actual,
                    });
                }
            }
        }
        let status = match (failures.is_empty(), &case.todo) {
            (true, None) => Status::Passed,
            (true, Some(_)) => Status::TodoPassed,
            (false, None) => Status::Failed,
            (false, Some(_)) => Status::Todo,
        };
        CaseResult {
            status,
            failures,
            failed_events,
        }
    }

    /// What comes of the last event of a case, expected or not.
    pub fn actual(&mut self, case: &Case) -> Actual {
        let mut session = self.session(case);
        let mut actual = Actual::default();
        for event in &case.events {
            for &at in &event.moments {
                let verdict = match &event.input {
                    Input::Line { location, line } => session.evaluate(location, line, at),
                    Input::Message(message) => session.evaluate_message(message, at, &mut NoTrace),
                };
                actual = Actual::new(&verdict);
            }
        }
        actual
    }

    /// A session that has seen nothing, as the case wants it.
    fn session(&self, case: &Case) -> Session {
        let own = &self.options;
        let options = SessionOptions {
            hostname: case.hostname.as_ref().unwrap_or(&own.hostname).clone(),
            mode: case.mode.unwrap_or(own.mode),
        };
        Session::new(Arc::clone(&self.engine), options)
    }

    /// Evaluates an event; what came of it only if it is not as expected.
    fn step(
        &mut self,
        session: &mut Session,
        event: &Event,
        at: Moment,
        wanted: &[Expectation],
    ) -> (Vec<Difference>, Option<Actual>) {
        let reached = self.coverage.begin();
        let verdict = match &event.input {
            Input::Line { location, line } => session.evaluate_traced(location, line, at, reached),
            Input::Message(message) => session.evaluate_message(message, at, reached),
        };
        if let Ok(verdict) = &verdict {
            self.coverage.end(verdict);
        }
        let mut differences = Vec::new();
        for expectation in wanted {
            expectation.check(verdict.as_ref().ok(), &mut differences);
        }
        let actual = (!differences.is_empty()).then(|| Actual::new(&verdict));
        (differences, actual)
    }
}
