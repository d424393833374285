//! The generator against its published numbers, the distributions against their moments.

use ucc_router_simulate::Stream;

fn moments(draw: impl FnMut() -> f64) -> (f64, f64) {
    let values: Vec<f64> = std::iter::repeat_with(draw).take(400_000).collect();
    let mean = values.iter().sum::<f64>() / 400_000.0;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 400_000.0)
}

#[test]
fn streams_do_not_repeat_each_other() {
    let first = |seed, replication, number| Stream::new(seed, replication, number).bits();
    let mut seen: Vec<u64> = (0..1_000).map(|at| first(at / 100, at / 10 % 10, at % 10)).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 1_000);
    assert_eq!(first(1, 2, 3), first(1, 2, 3));
}

#[test]
fn distributions_have_their_mean_and_variance() {
    let mut stream = Stream::new(1, 1, 1);
    let check = |(mean, variance): (f64, f64), wanted: (f64, f64)| {
        assert!((mean - wanted.0).abs() < 5.0 * (wanted.1 / 400_000.0f64).sqrt(), "{mean} {wanted:?}");
        assert!((variance / wanted.1 - 1.0).abs() < 0.03, "{variance} {wanted:?}");
    };
    check(moments(|| stream.uniform()), (0.5, 1.0 / 12.0));
    check(moments(|| stream.exponential()), (1.0, 1.0));
    check(moments(|| stream.normal()), (0.0, 1.0));
    for shape in [0.3, 1.0, 4.5] {
        check(moments(|| stream.gamma(shape)), (shape, shape));
    }
}
