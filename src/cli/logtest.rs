//! `ossia logtest`: what decoders and rules say about log lines.

mod evaluate;
mod forms;
mod prompt;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use jiff::tz::TimeZone;

use super::failure::print_plain;
use super::load::{self, Loaded, counted};
use super::session_args::{self, SessionArgs, Shows, is_standard_input, written};
use super::{Failure, RulesetArgs, color};
use crate::dialect::Family;
use crate::engine::Engine;
use crate::input::{Clock, Time};
use crate::output::Phases;
use evaluate::{Evaluator, Output, Settings};
use prompt::{Prompt, Typed};

const EXAMPLES: &str = "\
Examples:
  ossia logtest                                  type lines at a prompt
  ossia logtest /var/log/auth.log                the embedded ruleset on a file
  ossia logtest -D /var/ossec -v < line.txt      your own ruleset, with the rule trace
  ossia logtest -t -c /var/ossec/etc/ossec.conf  only check that the ruleset loads
  ossia logtest --ruleset rules/ decoders/ -- auth.log
  ossia logtest --format json auth.log | jq 'select(.level >= 7)'
  ossia logtest --format json --input events --clock 1700000000 events.jsonl
  ossia logtest -D /var/ossec --input archives archives.json
  ossia logtest -D /var/ossec --input eventchannel --clock log Security.xml
  echo '1:[007] (web1) 10.0.0.7->/var/log/x:line' | ossia logtest -D /var/ossec --input queue

Events (--input events) are JSON Lines:
  {\"t\": 12, \"line\": \"…\"}                 t: seconds after --clock, fractions are cut off;
                                         without t: at the time of the event before
  {\"t\": 12, \"line\": \"…\", \"location\": \"…\"}
  {\"t\": 12, \"line_b64\": \"…\"}             bytes that are not UTF-8, as base64
  {\"t\": 12, \"message\": \"1:stdin:…\"}      a whole queue message
One event is one line of output, in JSON: what exceeds the longest line of the engine is cut, and
the object says \"truncated\". A zero byte ends the line; a newline inside of it stays. Lines that
the engine skips give {\"skipped\":true}, messages that it rejects {\"dropped\":true,\"reason\":\"…\"},
and what is no event {\"error\":\"…\",\"input_line\":N}.

Queue messages (--input queue) are id:location:text. The id is 1 for log files, 2 for syslog, f for
the Windows event channel of Wazuh. The location of an agent is (name) ip->file, in Wazuh
[id] (name) ip->file with |: for a colon:
  1:[007] (web1) 10.0.0.7->/var/log/auth.log:Jan  1 10:00:00 web1 sshd[1]: …
  f:[001] (win1) 10.0.0.1->EventChannel:{\"Message\":\"…\",\"Event\":\"<Event …>\"}

Archives (--input archives) are lines of archives.json or alerts.json of Wazuh: agent, location,
decoder and fields come from the record, and so does the time. Rules are evaluated anew.

Windows events (--input eventchannel) are XML, as saved by the Event Viewer or printed by
`wevtutil qe Security /f:RenderedXml`, in UTF-8 or UTF-16, any number of events; or the JSON that
agents send, one object a line. Their time is that of the event with --clock log.

Exit status: 0 if all is well, 1 if the ruleset does not load or input was unusable, 2 for mistakes
on the command line.";

/// Show what decoders and rules say about log lines
///
/// Reads log lines from files or standard input, each an event of one and the same session, and
/// prints the three phases of every event, or JSON. Lines longer than the engine's buffer (6135
/// bytes in OSSEC) are split, and lines of fewer than two bytes are skipped, as the engines do.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES, after_help = "More: ossia logtest --help")]
pub(crate) struct LogtestArgs {
    /// Files to read; `-` is standard input, which is also the default
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Show the rule trace; twice: with the condition that failed
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// No lines about the start, and no warnings about the ruleset
    #[arg(short, long)]
    quiet: bool,
    /// Load the ruleset, print all that is wrong with it, and end
    #[arg(short = 't', long)]
    test: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Form of the input
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    input: InputForm,
    /// Evaluate every event on its own, as if it were the first
    #[arg(long)]
    fresh: bool,
    /// Where the lines come from; for an agent of Wazuh `[001] (name) ip->file` [default: stdin; with
    /// Windows events EventChannel]
    #[arg(long, value_name = "TEXT")]
    location: Option<OsString>,
    #[command(flatten)]
    session: SessionArgs,
    /// When events arrive: `wall`; `log`: when the time stamp of the line says; or seconds since
    /// 1970. With `--input events` the time of t = 0 [default: wall; with events 0; with archives
    /// log]
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    clock: Option<Time>,
    /// Time zone of conditions on time and weekday: `Europe/Berlin`, `UTC` [default: $TZ or that of
    /// the system]
    #[arg(long, value_name = "NAME", value_parser = session_args::time_zone)]
    tz: Option<TimeZone>,
    #[command(flatten)]
    ruleset: RulesetArgs,
}

/// Form of the output.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// The three phases, as the original prints them
    #[default]
    Text,
    /// One JSON object a line
    Json,
    /// The `data` of Wazuh's test protocol, one JSON object a line: `output`, `alert`,
    /// `rules_debug` with --verbose
    Wazuh,
}

/// Form of the input.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum InputForm {
    /// Log lines
    #[default]
    Lines,
    /// JSON Lines with times
    Events,
    /// Queue messages as the manager gets them, `id:location:message`
    Queue,
    /// Lines of Wazuh's archives.json or alerts.json; nothing is decoded again
    Archives,
    /// Windows events: exported XML, or one JSON object a line as agents of Wazuh send them
    Eventchannel,
}

impl InputForm {
    /// The name on the command line.
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Only Wazuh has such events.
    fn needs_wazuh(self) -> bool {
        matches!(self, InputForm::Archives | InputForm::Eventchannel)
    }

    /// Where events come from that do not say it.
    fn location(self) -> &'static str {
        match self {
            InputForm::Eventchannel => "EventChannel",
            _ => "stdin",
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: &LogtestArgs) -> Result<ExitCode, Failure> {
    if let InputForm::Queue | InputForm::Archives = args.input
        && args.location.is_some()
    {
        return Err(Failure::Usage(format!(
            "`--location` has no use with `--input {}`: events bring their location",
            args.input.name()
        )));
    }
    if args.input == InputForm::Events && args.clock == Some(Time::Log) {
        let text = "`--clock log` has no use with `--input events`: events bring their time";
        return Err(Failure::Usage(text.to_owned()));
    }
    if args.fresh && args.session.keeps_state() {
        let text = "`--state` has no use with `--fresh`: nothing is remembered";
        return Err(Failure::Usage(text.to_owned()));
    }
    let loaded = load::load(&args.ruleset)?;
    report(&loaded, args)?;
    if args.test {
        return Ok(ExitCode::SUCCESS);
    }
    let dialect = loaded.ruleset.dialect;
    if args.input.needs_wazuh() && dialect.family() != Family::Wazuh {
        return Err(Failure::Message(format!(
            "`--input {}` needs a ruleset of Wazuh, this one is of {dialect}: name one with \
             `-D`, `-c` or `--ruleset`",
            args.input.name()
        )));
    }
    let at_terminal = reads_terminal(args);
    if at_terminal && !args.quiet {
        welcome(&loaded);
    }
    let engine = Arc::new(Engine::new(loaded.ruleset));
    let dialect = engine.ruleset().dialect;
    let hostname = args.session.hostname();
    if args.format == Format::Wazuh && dialect.family() != Family::Wazuh {
        let text = format!("`--format wazuh` is the answer of Wazuh: the dialect is {dialect}");
        return Err(Failure::Usage(text));
    }
    let (output, shows) = match args.format {
        Format::Text => {
            let phases = Phases::new(dialect, hostname, color::of_output());
            (Output::Text(phases), Shows::TestTool)
        }
        Format::Json => (Output::Json, Shows::Records),
        Format::Wazuh => (Output::Wazuh(hostname), Shows::TestTool),
    };
    let settings = Settings {
        input: args.input,
        output,
        location: args
            .location
            .as_deref()
            .map_or(args.input.location().as_bytes(), OsStr::as_encoded_bytes)
            .to_vec(),
        verbosity: args.verbose,
        fresh: args.fresh,
        clock: clock(args),
        quiet: args.quiet,
    };
    let session = args.session.begin(engine, &loaded.inputs.stored, shows)?;
    let stdout = io::stdout();
    let out = BufWriter::with_capacity(64 * 1024, stdout.lock());
    let mut evaluator = Evaluator::new(session, settings, out);
    if at_terminal && stdout.is_terminal() {
        type_lines(&mut evaluator)?;
    } else {
        read_files(&mut evaluator, &args.files)?;
    }
    args.session.end(evaluator.session())?;
    Ok(if evaluator.has_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Prints what is wrong with the ruleset.
///
/// # Errors
/// The ruleset cannot be used.
fn report(loaded: &Loaded, args: &LogtestArgs) -> Result<(), Failure> {
    loaded.report(args.test || !args.quiet)?;
    if args.test && !args.quiet {
        let (rules, decoders) = (loaded.ruleset.rules.rules.len(), decoder_count(loaded));
        print_plain(format_args!(
            "ossia: the ruleset loads: {}, {}, {}, dialect {}",
            counted(decoders, "decoder"),
            counted(rules, "rule"),
            counted(loaded.diagnostics.len(), "warning"),
            loaded.ruleset.dialect
        ));
    }
    Ok(())
}

fn decoder_count(loaded: &Loaded) -> usize {
    loaded.ruleset.decoders.decoders.len()
}

/// Says what was loaded and what to do now.
fn welcome(loaded: &Loaded) {
    for message in &loaded.inputs.messages {
        print_plain(format_args!("ossia: {message}"));
    }
    print_plain(format_args!(
        "ossia: {} and {} are loaded, dialect {}.",
        counted(decoder_count(loaded), "decoder"),
        counted(loaded.ruleset.rules.rules.len(), "rule"),
        loaded.ruleset.dialect
    ));
    print_plain("ossia: Type one log per line. Ctrl-D ends.\n");
}

/// True if somebody types.
fn reads_terminal(args: &LogtestArgs) -> bool {
    let standard_input = match args.files.as_slice() {
        [] => true,
        [only] => is_standard_input(only.as_os_str()),
        _ => false,
    };
    standard_input && io::stdin().is_terminal()
}

fn clock(args: &LogtestArgs) -> Clock {
    let default = match args.input {
        InputForm::Events => Time::Fixed(0),
        InputForm::Archives => Time::Log,
        InputForm::Lines | InputForm::Queue | InputForm::Eventchannel => Time::Wall,
    };
    let zone = session_args::zone_or_local(args.tz.as_ref());
    Clock::new(args.clock.unwrap_or(default), zone)
}

fn type_lines<W: Write>(evaluator: &mut Evaluator<W>) -> Result<(), Failure> {
    let mut prompt = Prompt::new()?;
    loop {
        match prompt.read()? {
            Typed::Text(text) => evaluator.read("terminal", text.as_bytes())?,
            Typed::Nothing => {}
            Typed::End => return Ok(()),
        }
    }
}

/// Files one after the other, in one session. What cannot be opened is reported and left out.
fn read_files<W: Write>(evaluator: &mut Evaluator<W>, files: &[PathBuf]) -> Result<(), Failure> {
    for path in session_args::or_standard_input(files) {
        if is_standard_input(path.as_os_str()) {
            evaluator.begin(None);
            evaluator.read("stdin", io::stdin().lock())?;
            continue;
        }
        let name = path.to_string_lossy();
        match File::open(path) {
            Ok(file) => {
                evaluator.begin(written(&file));
                evaluator.read(&name, file)?;
            }
            Err(error) => evaluator.input_failed(&name, &error),
        }
    }
    Ok(())
}
