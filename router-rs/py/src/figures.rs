//! `ucc._native.figures`: one class, [`Figures`], facts in and sheets out.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use ucc_router_core::fact::{Fact, read_facts};
use ucc_router_core::figures::{Figures, Subject, SubjectKind};
use ucc_router_core::wire::{Writer, decode};
use ucc_router_core::words::Millis;

/// The figures of one tenant.
#[pyclass(module = "ucc._native.figures", name = "Figures")]
struct PyFigures {
    figures: Figures,
}

#[pymethods]
impl PyFigures {
    #[new]
    fn new(midnight_ms: Millis) -> Self {
        Self { figures: Figures::new(midnight_ms) }
    }

    /// Tells when a later day begins.
    fn add_midnight(&mut self, midnight_ms: Millis) {
        self.figures.add_midnight(midnight_ms);
    }

    /// Folds facts that were decided at `now_ms`: `list[Fact]` in.
    fn fold(&mut self, py: Python<'_>, now_ms: Millis, facts: &[u8]) -> PyResult<()> {
        let figures = &mut self.figures;
        let folded = py.detach(|| decode::<Vec<Fact>>(facts).map(|facts| figures.fold(now_ms, &facts)));
        folded.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Folds a row of a journal, its `list[Outcome]`.
    fn fold_row(&mut self, py: Python<'_>, now_ms: Millis, outcomes: &[u8]) -> PyResult<()> {
        let figures = &mut self.figures;
        let folded = py.detach(|| {
            let mut facts = Vec::new();
            read_facts(outcomes, &mut facts).map(|()| figures.fold(now_ms, &facts))
        });
        folded.map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Returns `list[Sheet]`, one for each id, with or without the minutes of its half hour.
    fn sheets(
        &mut self,
        py: Python<'_>,
        now_ms: Millis,
        kind: &str,
        ids: Vec<u64>,
        with_minutes: bool,
    ) -> PyResult<Vec<u8>> {
        let known = SubjectKind::ALL.iter().find(|known| known.text() == kind);
        let kind = *known.ok_or_else(|| {
            PyValueError::new_err(format!("found {kind:?}, allowed is queue, skill, team, agent or tenant"))
        })?;
        let figures = &mut self.figures;
        Ok(py.detach(|| {
            let mut writer = Writer::default();
            writer.array(ids.len());
            for id in ids {
                let subject = Subject::new(kind, id);
                let mut sheet = figures.sheet(now_ms, subject);
                if with_minutes {
                    sheet.minutes = figures.minutes(now_ms, subject);
                }
                sheet.put(&mut writer);
            }
            writer.bytes
        }))
    }
}

/// Live figures.
#[pymodule(submodule)]
pub mod figures {
    #[pymodule_export]
    use super::PyFigures;
}
