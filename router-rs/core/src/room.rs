//! How lists grow of which there are many.

/// Gives a list room for one more. It grows by a quarter: twice its room would be a good part of what an agent or
/// waiting work takes.
pub(crate) fn roomy<T>(list: &mut Vec<T>) -> &mut Vec<T> {
    if list.len() == list.capacity() {
        list.reserve_exact(list.len() / 4 + 4);
    }
    list
}
