//! ONNX, opset 7 and later.

mod attribute;
mod branch;
mod budget;
mod element;
mod export;
mod function;
mod input;
mod integer_input;
mod lowering;
mod opset;
#[expect(unreachable_pub, reason = "generated")]
#[rustfmt::skip]
mod proto;
mod quantized;
mod scope;
#[cfg(test)]
mod tests;
mod weigh;
mod weights;

use bytes::Bytes;
use inscape_engine::Graph;
use prost::Message;

use crate::{Error, Facts, Folder, FormatRow};
pub use export::Export;
use function::Functions;
use lowering::Lowering;
use opset::Opsets;
use proto::ModelProto;

/// The row of [`FORMATS`](crate::FORMATS).
pub(crate) const ROW: FormatRow =
    FormatRow { name: "onnx", extensions: &["onnx"], recognizes: weigh::recognizes, read };

/// The newest version of the file format known here (ONNX 1.23).
const NEWEST_IR: i64 = 14;

fn read(bytes: Bytes, folder: &mut Folder) -> Result<(Graph, Facts), Error> {
    weigh::weigh(&bytes)?;
    let size = bytes.len();
    let model = ModelProto::decode(bytes)
        .map_err(|error| Error::malformed(format!("not a whole ONNX file, it may be truncated: {error}")))?;
    let ir = model.ir_version.unwrap_or(0);
    let Some(graph) = &model.graph else {
        return Err(Error::malformed("the file holds no graph"));
    };
    if ir > NEWEST_IR {
        let context =
            format!("IR version {ir} is newer than {NEWEST_IR}, the newest known; export for an older one");
        return Err(Error::unsupported(context));
    }
    let opsets = Opsets::new(&model.opset_import)?;
    let facts = Facts { format: ROW.name, producer: producer(&model), ir, opset: opsets.default_version() };
    quantized::refuse(&model)?;
    let functions = Functions::new(&model.functions)?;
    let graph = Lowering::new(&functions, folder, size).lower(graph, &opsets)?;
    Ok((graph, facts))
}

fn producer(model: &ModelProto) -> String {
    format!("{} {}", model.producer_name(), model.producer_version()).trim().to_owned()
}
