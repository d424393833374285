//! `ucc._native.simulate`: one function, a scenario in and a report out.

use std::panic::catch_unwind;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use ucc_router_simulate::Scenario;

/// Simulates a scenario (JSON) without the GIL and returns the report (JSON).
#[pyfunction]
#[pyo3(signature = (scenario, *, has_rivals, threads))]
fn run(py: Python<'_>, scenario: &[u8], has_rivals: bool, threads: usize) -> PyResult<Vec<u8>> {
    let scenario = Scenario::from_json(scenario).map_err(PyValueError::new_err)?;
    py.detach(|| catch_unwind(|| ucc_router_simulate::simulate(&scenario, has_rivals, threads).to_json()))
        .map_err(|_| PyRuntimeError::new_err("the simulation broke; the panic above says where"))
}

/// The simulator.
#[pymodule(submodule)]
pub mod simulate {
    #[pymodule_export]
    use super::run;
}
