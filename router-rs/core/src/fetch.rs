//! Asks for memory before it is read: what is in no near cache comes meanwhile, and not each line after the other.

use prefetch_index::prefetch_index;

/// Of a cache line, on nearly all processors there are.
const LINE_BYTES: usize = 64;

/// Asks for the line a thing begins in.
#[inline]
pub(crate) fn fetch<T>(thing: &T) {
    prefetch_index(std::slice::from_ref(thing), 0);
}

/// Asks for one of a list by its place.
#[inline]
pub(crate) fn fetch_at<T>(list: &[T], at: usize) {
    prefetch_index(list, at);
}

/// Asks for the lines of a list, the first `lines` at most.
#[inline]
pub(crate) fn fetch_lines<T>(list: &[T], lines: usize) {
    let step = (LINE_BYTES / size_of::<T>()).max(1);
    let mut at = 0;
    for _ in 0..lines {
        if at < list.len() {
            prefetch_index(list, at);
        }
        at += step;
    }
}
