//! The extension module `ucc._native`: bytes in, bytes out, the GIL released while the engine works.
//!
//! Built without the feature `python` this crate is empty, so that a workspace build needs no Python.
#![cfg(feature = "python")]

mod engine;
mod figures;
mod simulate;

use pyo3::prelude::*;

/// The parts of UCC written in Rust.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::engine::engine;
    #[pymodule_export]
    use super::figures::figures;
    #[pymodule_export]
    use super::simulate::simulate;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // `import ucc._native.engine` looks in sys.modules, because an extension module has no folder.
        let modules = module.py().import("sys")?.getattr("modules")?;
        modules.set_item("ucc._native.engine", module.getattr("engine")?)?;
        modules.set_item("ucc._native.figures", module.getattr("figures")?)?;
        modules.set_item("ucc._native.simulate", module.getattr("simulate")?)
    }
}
