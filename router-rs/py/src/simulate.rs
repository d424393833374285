//! `ucc._native.simulate`: a scenario in and a report out; a journal in and a day out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use ucc_router_core::words::Millis;
use ucc_router_simulate::{Progress, Recorder, Scenario};

/// A row of the journal: time, commands, facts.
type Row = (Millis, Vec<u8>, Vec<u8>);

/// One simulation: `run` it in a thread, watch and cancel it from others.
#[pyclass(module = "ucc._native.simulate", name = "Simulation", frozen)]
struct PySimulation {
    scenario: Scenario,
    edited: Option<Scenario>,
    has_rivals: bool,
    progress: Arc<Progress>,
}

#[pymethods]
impl PySimulation {
    /// Reads a scenario (JSON), the same with edits if there are any, and whether rivals shall play too.
    #[new]
    #[pyo3(signature = (scenario, edited=None, *, has_rivals=false))]
    fn new(scenario: &[u8], edited: Option<&[u8]>, has_rivals: bool) -> PyResult<Self> {
        let read = |json: &[u8]| Scenario::from_json(json).map_err(PyValueError::new_err);
        let (scenario, edited) = (read(scenario)?, edited.map(read).transpose()?);
        Ok(Self { scenario, edited, has_rivals, progress: Arc::default() })
    }

    /// Simulates without the GIL and returns the report (JSON), or None if it was cancelled.
    fn run(&self, py: Python<'_>, threads: usize) -> PyResult<Option<Vec<u8>>> {
        let run = || {
            let edited = self.edited.as_ref();
            let report = ucc_router_simulate::simulate(
                &self.scenario,
                edited,
                self.has_rivals,
                threads,
                &self.progress,
            );
            report.map(|report| report.to_json())
        };
        py.detach(|| catch_unwind(AssertUnwindSafe(run)))
            .map_err(|_| PyRuntimeError::new_err("the simulation broke; the panic above says where"))
    }

    /// Asks it to end soon.
    fn cancel(&self) {
        self.progress.cancel();
    }

    /// Replications done, and how many there are, of all policies.
    fn progress(&self) -> (u32, u32) {
        let policies = 1 + u32::from(self.edited.is_some()) + 3 * u32::from(self.has_rivals);
        (self.progress.done(), policies.saturating_mul(self.scenario.replications))
    }
}

/// Takes a journal row by row and gives the day between two moments.
#[pyclass(module = "ucc._native.simulate", name = "Recorder")]
struct PyRecorder {
    recorder: Option<Recorder>,
}

impl PyRecorder {
    fn open(&mut self) -> PyResult<&mut Recorder> {
        self.recorder.as_mut().ok_or_else(|| PyValueError::new_err("the day was taken already"))
    }
}

#[pymethods]
impl PyRecorder {
    #[new]
    fn new(from_ms: Millis, until_ms: Millis) -> Self {
        Self { recorder: Some(Recorder::new(from_ms, until_ms)) }
    }

    /// Starts from an engine's snapshot.
    fn restore(&mut self, py: Python<'_>, snapshot: &[u8]) -> PyResult<()> {
        let recorder = self.open()?;
        py.detach(|| catch_unwind(AssertUnwindSafe(|| recorder.restore(snapshot))))
            .map_err(|_| PyValueError::new_err("the snapshot contradicts itself"))?
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Takes the next rows in order: `list[tuple[at_ms, commands, facts]]`.
    #[allow(clippy::needless_pass_by_value)] // Python hands the list over.
    fn take(&mut self, py: Python<'_>, rows: Vec<Row>) -> PyResult<()> {
        let recorder = self.open()?;
        py.detach(|| {
            rows.iter().try_for_each(|(at_ms, commands, facts)| recorder.take(*at_ms, commands, facts))
        })
        .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Returns the day (JSON); the recorder is used up.
    fn day(&mut self, py: Python<'_>) -> PyResult<Vec<u8>> {
        self.open()?;
        let recorder = self.recorder.take();
        Ok(py.detach(|| recorder.map(|recorder| recorder.day().to_json()).unwrap_or_default()))
    }
}

/// The simulator.
#[pymodule(submodule)]
pub mod simulate {
    #[pymodule_export]
    use super::{PyRecorder, PySimulation};
}
