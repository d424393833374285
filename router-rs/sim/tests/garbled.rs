//! Garbled commands, outcomes and journals: `make prove` reads very many more of them.

use ucc_router_core::condition::Condition;
use ucc_router_core::wire::decode;
use ucc_router_sim::garble::decode_garbled;

#[test]
fn garbled_messages_are_read_or_refused_and_what_is_read_is_written_the_same() {
    let (mut messages, mut decoded, mut refused) = (0, 0, 0);
    for seed in 1..=8 {
        let seen = decode_garbled(seed, 25_000).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
        messages += seen.messages;
        decoded += seen.decoded;
        refused += seen.refused;
    }
    assert_eq!(messages, 200_000);
    assert!(decoded > 20_000, "{decoded} of {messages} could be read: such garbling proves little");
    assert!(refused > 1_000, "{refused} refused: hardly a command was decided");
}

/// Returns the most memory this process has claimed so far.
#[cfg(target_os = "linux")]
fn claimed_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells of its processes");
    let line = status.lines().find(|line| line.starts_with("VmPeak:")).expect("it has a peak");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number of KiB")
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_message_claims_to_hold_is_not_believed() {
    // Conditions in conditions, each of which says that four thousand million more follow.
    let mut bytes: Vec<u8> = Vec::new();
    for _ in 0..30 {
        bytes.extend([0x92, 0xa6]);
        bytes.extend(b"all_of");
        bytes.extend([0xdd, 0xff, 0xff, 0xff, 0xff]);
    }
    bytes.extend(std::iter::repeat_n(0xc0, 8 << 20));
    let before_kib = claimed_kib();
    let error = decode::<Condition>(&bytes).expect_err("nobody is a nil");
    assert_eq!(error.found, "nil");
    let more_kib = claimed_kib() - before_kib;
    assert!(more_kib < 128 << 10, "{more_kib} KiB for a message of 8 MiB");
}
