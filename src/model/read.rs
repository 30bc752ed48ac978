//! The one place where tensors become numbers: asynchronous, because a browser cannot wait.

use burn::tensor::{Tensor, Transaction};

/// Reads several tensors of rank one in one transaction.
///
/// # Errors
/// A sentence when the device failed (lost, out of memory) or handed back another type.
pub async fn flats(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, String> {
    let transaction =
        tensors.into_iter().fold(Transaction::default(), |all, tensor| all.register(tensor));
    let read = transaction.execute_async().await.map_err(|why| plain(&why))?;
    read.into_iter().map(|data| data.try_into_vec::<f32>().map_err(|why| plain(&why))).collect()
}

/// Reads one tensor of any rank, row-major.
///
/// # Errors
/// As [`flats`].
pub async fn flat<const R: usize>(tensor: Tensor<R>) -> Result<Vec<f32>, String> {
    let n = tensor.shape().num_elements();
    let mut all = flats(vec![tensor.reshape([n])]).await?;
    Ok(all.pop().unwrap_or_default())
}

/// burn tells a failure as a chain of causes and a backtrace; the innermost cause is what happened.
fn plain(why: &impl std::fmt::Debug) -> String {
    let told = format!("{why:?}");
    let causes = told.split("Backtrace:").next().unwrap_or_default();
    let cause =
        causes.lines().map(str::trim).rfind(|line| !line.is_empty() && *line != "Caused by:");
    format!("device: {}", cause.unwrap_or("it gave no reason"))
}
