//! Work on all processors.

use std::num::NonZero;
use std::thread;

/// Does `work` to every item; what comes out is in the order of the items.
///
/// # Errors
/// That of the first item, in this order, whose work failed.
pub(super) fn map<T: Send, R: Send, E: Send>(
    items: Vec<T>,
    work: impl Fn(T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let count = items.len();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(count).max(1);
    let share = |n: usize| count / threads + usize::from(n < count % threads);
    let (mut items, work) = (items.into_iter(), &work);
    let shares: Vec<Vec<T>> =
        (0..threads).map(|n| items.by_ref().take(share(n)).collect()).collect();
    thread::scope(|scope| {
        let workers: Vec<_> = shares
            .into_iter()
            .map(|share| {
                scope.spawn(move || share.into_iter().map(work).collect::<Result<Vec<R>, E>>())
            })
            .collect();
        let mut done = Vec::with_capacity(count);
        for worker in workers {
            done.extend(worker.join().expect("the work does not panic")?);
        }
        Ok(done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_the_first_error_counts() {
        let doubled = map((0..1000).collect(), |n| Ok::<u32, ()>(2 * n)).unwrap();
        assert!(doubled.iter().zip(0..1000).all(|(doubled, n)| *doubled == 2 * n));
        let failed = map((0..1000).collect(), |n: u32| if n % 300 == 299 { Err(n) } else { Ok(n) });
        assert_eq!(failed, Err(299));
        assert_eq!(map(Vec::<u32>::new(), Ok::<u32, ()>), Ok(Vec::new()));
    }
}
