//! Seeded chance: xoshiro256++ streams and the distributions drawn from them.
//!
//! A stream is known by the scenario's seed, the replication and a number of its own. Each type of contact has
//! one, and a contact draws everything about itself when it arrives; so every policy meets the same contacts.

use serde::Deserialize;

use crate::Micros;

/// Draws of a duration above this are cut: 30 days, less than the engine's longest wrap-up.
const DURATION_S_MAX: f64 = 30.0 * 24.0 * 3_600.0;

/// A generator of Blackman and Vigna (xoshiro256++, 2019): 256 bits of state, period 2²⁵⁶ − 1.
#[derive(Clone, Debug)]
pub struct Stream {
    state: [u64; 4],
    /// The second of a pair of normal numbers.
    spare: Option<f64>,
}

/// Mixes a counter into 64 bits (`SplitMix64`).
fn mixed(counter: &mut u64) -> u64 {
    *counter = counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *counter;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

impl Stream {
    /// Starts the stream `number` of a replication.
    #[must_use]
    pub fn new(seed: u64, replication: u64, number: u64) -> Self {
        // Each of the three is mixed on its own, so that neighbours do not start alike.
        let mut counter = seed;
        let mut counter = mixed(&mut counter) ^ replication;
        let mut counter = mixed(&mut counter) ^ number;
        Self { state: std::array::from_fn(|_| mixed(&mut counter)), spare: None }
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let [s0, s1, s2, s3] = self.state;
        let result = s0.wrapping_add(s3).rotate_left(23).wrapping_add(s0);
        let (s2, s3) = (s2 ^ s0, s3 ^ s1);
        self.state = [s0 ^ s3, s1 ^ s2, s2 ^ (s1 << 17), s3.rotate_left(45)];
        result
    }

    /// Returns a number above 0 and at most 1, of 53 random bits.
    #[allow(clippy::cast_precision_loss)] // 2⁵³ and below are exact.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// Returns an exponential number with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Returns a standard normal number (Marsaglia's polar method).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if 0.0 < square && square < 1.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// Returns a gamma number with this shape and scale 1 (Marsaglia and Tsang, 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let cube = (1.0 + c * x).powi(3);
            if cube > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * cube + d * cube.ln() {
                return d * cube;
            }
        }
    }
}

/// How long something takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "distribution", rename_all = "snake_case", deny_unknown_fields)]
pub enum Distribution {
    /// Always the same.
    Constant {
        /// The duration.
        mean_s: f64,
    },
    /// Without memory.
    Exponential {
        /// The mean.
        mean_s: f64,
    },
    /// Its logarithm is normal.
    Lognormal {
        /// The mean of the duration itself.
        mean_s: f64,
        /// The standard deviation of the duration itself.
        sd_s: f64,
    },
    /// A sum of `shape` exponential phases, were it whole.
    Gamma {
        /// The mean.
        mean_s: f64,
        /// 1 is exponential; higher is narrower.
        shape: f64,
    },
    /// One of these, each as likely.
    Observed {
        /// At least one.
        values_s: Vec<f64>,
    },
}

impl Distribution {
    /// Draws a duration.
    pub(crate) fn draw(&self, stream: &mut Stream) -> Micros {
        let drawn_s = match self {
            Self::Constant { mean_s } => *mean_s,
            Self::Exponential { mean_s } => mean_s * stream.exponential(),
            Self::Lognormal { mean_s, sd_s } => {
                let variance = (1.0 + (sd_s / mean_s).powi(2)).ln();
                mean_s * (variance.sqrt() * stream.normal() - variance / 2.0).exp()
            }
            Self::Gamma { mean_s, shape } => mean_s * stream.gamma(*shape) / shape,
            Self::Observed { values_s } => {
                // The high bits of a 128-bit product: no modulo, and a bias below 2⁻⁴⁰.
                let at = (u128::from(stream.bits()) * values_s.len() as u128) >> 64;
                values_s[usize::try_from(at).expect("below the number of values")]
            }
        };
        micros(drawn_s.min(DURATION_S_MAX))
    }
}

/// Returns seconds as whole microseconds.
#[allow(clippy::cast_possible_truncation)] // 31 days are far below 2⁶³.
pub(crate) fn micros(seconds: f64) -> Micros {
    (seconds * 1e6).round() as Micros
}
