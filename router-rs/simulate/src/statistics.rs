//! Means, ratios and their 95 % confidence intervals over replications.

use serde::Serialize;

/// A figure; `half_width` is that of its 95 % interval, `None` with a single replication.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Estimate {
    /// The mean, or the ratio of two means.
    pub mean: f64,
    /// Student's t with one degree of freedom less than there are replications.
    pub half_width: Option<f64>,
}

/// What a ratio of sums is made of: the part of each replication, and the whole it belongs to.
pub(crate) type Part = (f64, f64);

#[allow(clippy::cast_precision_loss)] // Replications are few.
fn count(values: &[f64]) -> f64 {
    values.len() as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

/// Returns the half width of the interval around a mean whose deviations these are.
fn half_width(deviations: &[f64]) -> Option<f64> {
    let freedom = u32::try_from(deviations.len()).ok()?.checked_sub(1).filter(|&freedom| freedom > 0)?;
    let variance = deviations.iter().map(|deviation| deviation * deviation).sum::<f64>() / f64::from(freedom);
    Some(student_t(freedom) * (variance / count(deviations)).sqrt())
}

/// Returns the mean of one value a replication.
pub(crate) fn mean_of(values: &[f64]) -> Estimate {
    let mean = mean(values);
    let deviations: Vec<f64> = values.iter().map(|value| value - mean).collect();
    Estimate { mean, half_width: half_width(&deviations) }
}

/// Returns the ratio and how far each replication pulls it (the delta method).
fn ratio(parts: &[Part]) -> Option<(f64, Vec<f64>)> {
    let (above, below): (Vec<f64>, Vec<f64>) = parts.iter().copied().unzip();
    let (above, below) = (mean(&above), mean(&below));
    (below > 0.0).then(|| {
        let ratio = above / below;
        (ratio, parts.iter().map(|(part, whole)| (part - ratio * whole) / below).collect())
    })
}

/// Returns the ratio of the sums over all replications: a busy day weighs as much as its contacts do.
pub(crate) fn ratio_of(parts: &[Part]) -> Option<Estimate> {
    let (mean, deviations) = ratio(parts)?;
    Some(Estimate { mean, half_width: half_width(&deviations) })
}

/// Returns the difference of two ratios on the same replications: what both meet alike cancels.
pub(crate) fn difference_of(one: &[Part], other: &[Part]) -> Option<Estimate> {
    let (one, other) = (ratio(one)?, ratio(other)?);
    let deviations: Vec<f64> = one.1.iter().zip(&other.1).map(|(one, other)| one - other).collect();
    Some(Estimate { mean: one.0 - other.0, half_width: half_width(&deviations) })
}

/// The 97.5 % points of Student's t for 1 to 30 degrees of freedom.
const STUDENT_T: [f64; 30] = [
    12.706_204_736,
    4.302_652_729,
    3.182_446_305,
    2.776_445_105,
    2.570_581_835,
    2.446_911_851,
    2.364_624_251,
    2.306_004_135,
    2.262_157_162,
    2.228_138_852,
    2.200_985_160,
    2.178_812_829,
    2.160_368_656,
    2.144_786_687,
    2.131_449_545,
    2.119_905_299,
    2.109_815_577,
    2.100_922_040,
    2.093_024_054,
    2.085_963_447,
    2.079_613_844,
    2.073_873_067,
    2.068_657_610,
    2.063_898_561,
    2.059_538_552,
    2.055_529_438,
    2.051_830_516,
    2.048_407_141,
    2.045_229_642,
    2.042_272_456,
];
/// The 97.5 % point of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// Returns the 97.5 % point of Student's t.
fn student_t(freedom: u32) -> f64 {
    if let Some(&point) = STUDENT_T.get(freedom as usize - 1) {
        return point;
    }
    // Cornish and Fisher's expansion: right to five digits from 31 on.
    let (z, n) = (NORMAL, f64::from(freedom));
    let z3 = z.powi(3);
    z + (z3 + z) / (4.0 * n)
        + (5.0 * z.powi(5) + 16.0 * z3 + 3.0 * z) / (96.0 * n * n)
        + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z3 - 15.0 * z) / (384.0 * n.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_runs_on_smoothly_where_the_table_ends() {
        assert!((student_t(31) - 2.039_513_446).abs() < 1e-5);
        assert!((student_t(100) - 1.983_971_518).abs() < 1e-7);
        assert!((student_t(1_000_000) - NORMAL).abs() < 1e-5);
    }

    #[test]
    fn a_mean_has_the_interval_of_the_book() {
        let found = mean_of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        // t(4) · sqrt(2.5 / 5)
        assert!((found.mean - 3.0).abs() < 1e-12);
        assert!((found.half_width.expect("five values") - 2.776_445_105 * 0.5f64.sqrt()).abs() < 1e-8);
        assert!(mean_of(&[1.0]).half_width.is_none());
    }

    #[test]
    fn a_ratio_weighs_days_by_their_contacts() {
        let found = ratio_of(&[(90.0, 100.0), (100.0, 200.0)]).expect("contacts came");
        assert!((found.mean - 190.0 / 300.0).abs() < 1e-12);
        assert!(ratio_of(&[(0.0, 0.0)]).is_none());
    }

    #[test]
    fn what_two_policies_share_cancels_in_their_difference() {
        let (one, other) = ([(50.0, 100.0), (90.0, 100.0)], [(40.0, 100.0), (80.0, 100.0)]);
        let found = difference_of(&one, &other).expect("contacts came");
        assert!((found.mean - 0.1).abs() < 1e-12);
        assert!(found.half_width.expect("two values") < 1e-12);
    }
}
