/// The items that occur more than once in `all`, in order. It is sorted for that.
pub(crate) fn twins<T: Copy + Ord>(all: &mut [T]) -> Vec<T> {
    all.sort_unstable();
    all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}
