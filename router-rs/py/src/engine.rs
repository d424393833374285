//! `ucc._native.engine`: one class, [`Engine`], and the error that says it must be reloaded.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use ucc_router_core::command::{Command, Enqueue};
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::wire::{Wire, WireError, Writer, decode, decode_into, encode};
use ucc_router_core::words::{Medium, Millis, Refusal};

/// Commands in one batch: a batch is one journal row, and holds up nobody for long.
const COMMANDS_MAX: usize = 1_024;

/// The first byte of a batch of one command: a list of one.
const ONE: u8 = 0x91;

/// Room for what came of a command: an ending and an offer take about so much.
const OUTCOME_BYTES: usize = 256;
/// Room that is kept from one batch to the next, at most: of all outcomes, and for the facts of one.
const ROOM_BYTES_MAX: usize = 1 << 20;
const ROOM_FACTS_MAX: usize = 1_024;

/// Place, waiting, and the estimate's low and high.
type PositionTuple = (u64, u64, Option<Millis>, Option<Millis>);
/// Waiting, arrival of the longest waiting, staffed, on queue, free, open.
type FiguresTuple = (u64, Option<Millis>, u64, u64, u64, bool);
/// Tags of commands and facts, media, refusals.
type Vocabulary = (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>, Vec<&'static str>);

mod errors {
    pyo3::create_exception!(
        ucc._native.engine,
        EngineBroken,
        pyo3::exceptions::PyException,
        "The engine failed inside and must be rebuilt from its journal."
    );
    pyo3::create_exception!(
        ucc._native.engine,
        BadRow,
        pyo3::exceptions::PyValueError,
        "A row of a journal is no list of outcomes: where it differs, and how many rows stand before it."
    );
}

fn bad_bytes(error: &WireError) -> PyErr {
    pyo3::exceptions::PyValueError::new_err(error.to_string())
}

fn broken_before() -> PyErr {
    errors::EngineBroken::new_err("the engine broke before; rebuild it")
}

fn read<T: Wire>(bytes: &[u8]) -> PyResult<T> {
    decode(bytes).map_err(|error| bad_bytes(&error))
}

/// The routing engine of one tenant.
#[pyclass(module = "ucc._native.engine", name = "Engine")]
struct PyEngine {
    /// `None` after a panic: half-applied state is never used again.
    held: Option<Box<Held>>,
}

/// An engine, and the memory that the latest batch has had and the next one has again.
#[derive(Default)]
struct Held {
    engine: ucc_router_core::Engine,
    commands: Vec<Command>,
    outcome: Outcome,
    writer: Writer,
}

impl Held {
    /// Decides a batch; what came of it stands in the writer.
    fn submit(&mut self, now_ms: Millis, commands: &[u8]) -> Result<(), WireError> {
        let Self { engine, commands: told, outcome, writer } = self;
        decode_into(commands, told)?;
        if told.len() > COMMANDS_MAX {
            return Err(WireError::at(
                0,
                format!("{} commands", told.len()),
                format!("at most {COMMANDS_MAX}"),
            ));
        }
        writer.bytes.reserve(OUTCOME_BYTES * (1 + told.len()));
        writer.array(told.len());
        // Each outcome is written before the next takes its memory.
        for at in 0..told.len() {
            engine.submit_first(now_ms, &told[at..], outcome);
            outcome.put(writer);
        }
        Ok(())
    }

    /// Empties the memory of the batch; that of an unusual one is given back.
    fn clear(&mut self) {
        self.commands.clear();
        self.commands.shrink_to(COMMANDS_MAX);
        self.outcome.facts.clear();
        self.outcome.facts.shrink_to(ROOM_FACTS_MAX);
        self.writer.bytes.clear();
        self.writer.bytes.shrink_to(ROOM_BYTES_MAX);
    }
}

impl PyEngine {
    /// Works on the engine without the GIL; a panic leaves it broken and becomes an exception.
    fn run<T: Send>(
        &mut self,
        py: Python<'_>,
        work: impl FnOnce(&mut ucc_router_core::Engine) -> T + Send,
    ) -> PyResult<T> {
        let held = self.held.take().ok_or_else(broken_before)?;
        let done = py.detach(|| guarded(held, |held| work(&mut held.engine)));
        self.keep(done)
    }

    /// Takes back what was lent for some work, unless that failed inside.
    fn keep<T>(&mut self, done: Guarded<T>) -> PyResult<T> {
        match done {
            Ok((value, held)) => {
                self.held = Some(held);
                Ok(value)
            }
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
                Err(errors::EngineBroken::new_err(text.to_owned()))
            }
        }
    }
}

/// What work on an engine gave, and the engine; or what it panicked with.
type Guarded<T> = std::thread::Result<(T, Box<Held>)>;

/// Works on an engine; one that fails inside is not seen again.
fn guarded<T>(mut held: Box<Held>, work: impl FnOnce(&mut Held) -> T) -> Guarded<T> {
    catch_unwind(AssertUnwindSafe(|| (work(&mut held), held)))
}

#[pymethods]
impl PyEngine {
    #[new]
    fn new() -> Self {
        Self { held: Some(Box::default()) }
    }

    /// Decides a batch of commands at `now_ms`: `list[Command]` in, `list[Outcome]` out.
    fn submit<'py>(
        &mut self,
        py: Python<'py>,
        now_ms: Millis,
        commands: &[u8],
    ) -> PyResult<Bound<'py, PyBytes>> {
        let held = self.held.take().ok_or_else(broken_before)?;
        let submit = |held: &mut Held| held.submit(now_ms, commands);
        // To give the GIL away and take it back takes a good part of one command.
        let is_one = commands.first() == Some(&ONE);
        let done = if is_one { guarded(held, submit) } else { py.detach(|| guarded(held, submit)) };
        let result = self.keep(done)?;
        let Some(held) = &mut self.held else { unreachable!("it is held after a run") };
        let answer = result.map(|()| PyBytes::new(py, &held.writer.bytes));
        held.clear();
        answer.map_err(|error| bad_bytes(&error))
    }

    /// Folds journal facts that were decided at `now_ms`: `list[Fact]` in.
    fn fold(&mut self, py: Python<'_>, now_ms: Millis, facts: &[u8]) -> PyResult<()> {
        let result = self.run(py, |engine| {
            let facts: Vec<Fact> = decode(facts)?;
            engine.fold(now_ms, &facts);
            Ok(())
        })?;
        result.map_err(|error: WireError| bad_bytes(&error))
    }

    /// Folds rows of a journal, each when it was decided and its `list[Outcome]`.
    #[allow(clippy::needless_pass_by_value)] // The bytes are held while the GIL is not.
    fn replay(&mut self, py: Python<'_>, rows: Vec<(Millis, PyBackedBytes)>) -> PyResult<()> {
        let result =
            self.run(py, |engine| engine.replay(rows.iter().map(|(at_ms, row)| (*at_ms, &**row))))?;
        result.map_err(|bad| errors::BadRow::new_err((bad.error.to_string(), bad.index)))
    }

    /// Returns when time will next do something.
    fn next_deadline(&self) -> PyResult<Option<Millis>> {
        // One look: to give the GIL away and take it back would take longer.
        let held = self.held.as_ref().ok_or_else(broken_before)?;
        Ok(held.engine.next_deadline())
    }

    /// Returns the whole state.
    fn snapshot(&mut self, py: Python<'_>) -> PyResult<Vec<u8>> {
        self.run(py, |engine| engine.snapshot())
    }

    /// Makes an engine from a snapshot.
    #[staticmethod]
    fn restore(py: Python<'_>, snapshot: &[u8]) -> PyResult<Self> {
        let restored = py.detach(|| catch_unwind(|| ucc_router_core::Engine::restore(snapshot)));
        match restored {
            Ok(Ok(engine)) => Ok(Self { held: Some(Box::new(Held { engine, ..Held::default() })) }),
            Ok(Err(error)) => Err(bad_bytes(&error)),
            Err(_) => Err(errors::EngineBroken::new_err("the snapshot contradicts itself")),
        }
    }

    /// Returns a hash of the whole state.
    fn state_hash(&mut self, py: Python<'_>) -> PyResult<u64> {
        self.run(py, |engine| engine.state_hash())
    }

    /// Returns `(place, waiting, low_ms, high_ms)` for who asks at `now_ms`, or None for work that does not wait.
    fn position(
        &mut self,
        py: Python<'_>,
        interaction: u64,
        now_ms: Millis,
    ) -> PyResult<Option<PositionTuple>> {
        let position = self.run(py, |engine| engine.position(interaction, now_ms))?;
        Ok(position.map(|found| {
            let (low_ms, high_ms) = found.estimate_ms.unzip();
            (found.place, found.waiting, low_ms, high_ms)
        }))
    }

    /// Says who would get an `Enqueue` and changes nothing: one command in, a `Prospect` out.
    fn who_would_get(&mut self, py: Python<'_>, command: &[u8]) -> PyResult<Vec<u8>> {
        let command = read::<Enqueue>(command)?;
        let prospect = self.run(py, |engine| engine.who_would_get(&command))?;
        let mut writer = Writer::default();
        match prospect {
            Ok(prospect) => {
                writer.array(6);
                None::<Refusal>.put(&mut writer);
                prospect.agent.put(&mut writer);
                prospect.rule.put(&mut writer);
                prospect.ahead.put(&mut writer);
                prospect.is_open.put(&mut writer);
                prospect.agents.put(&mut writer);
            }
            Err(refused) => {
                writer.array(1);
                refused.refusal.put(&mut writer);
            }
        }
        Ok(writer.bytes)
    }

    /// Returns `(waiting, longest_waited_since_ms, staffed, on_queue, free, is_open)`, or None.
    fn queue_figures(&mut self, py: Python<'_>, queue: u64) -> PyResult<Option<FiguresTuple>> {
        let figures = self.run(py, |engine| engine.queue_figures(queue))?;
        Ok(figures.map(|found| {
            (
                found.waiting,
                found.longest_waited_since_ms,
                found.staffed,
                found.on_queue,
                found.free,
                found.is_open,
            )
        }))
    }
}

/// Writes commands again as Rust understood them; the contract test compares.
#[pyfunction]
fn echo_commands<'py>(py: Python<'py>, commands: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let commands: Vec<Command> = read(commands)?;
    Ok(PyBytes::new(py, &encode(&commands)))
}

/// Writes facts again as Rust understood them; the contract test compares.
#[pyfunction]
fn echo_facts<'py>(py: Python<'py>, facts: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let facts: Vec<Fact> = read(facts)?;
    Ok(PyBytes::new(py, &encode(&facts)))
}

/// Returns the words Rust knows: commands' tags, facts' tags, media, refusals.
#[pyfunction]
fn vocabulary() -> Vocabulary {
    let media = Medium::ALL.iter().map(|medium| medium.text()).collect();
    let refusals = Refusal::ALL.iter().map(|refusal| refusal.text()).collect();
    (Command::TAGS.to_vec(), Fact::TAGS.to_vec(), media, refusals)
}

/// The routing engine.
#[pymodule(submodule)]
pub mod engine {
    #[pymodule_export]
    use super::{PyEngine, echo_commands, echo_facts, errors::BadRow, errors::EngineBroken, vocabulary};
}
