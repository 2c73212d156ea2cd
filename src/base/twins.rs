/// The items that occur more than once in `all`, in order.
pub(crate) fn twins<T: Copy + Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}
