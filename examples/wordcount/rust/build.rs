//! Generates the stubs that the worker needs from the contract. PROTOC names the generator.

const CONTRACT: &str = "../../../proto/src/main/proto";
const GOOGLE: &str = "../../../proto/third_party";

fn main() -> std::io::Result<()> {
    let services = ["session", "queue", "dict", "event"];
    let files = services.map(|name| format!("{CONTRACT}/polyproc/v1/{name}.proto"));
    let errors = format!("{GOOGLE}/google/rpc/error_details.proto");
    println!("cargo:rerun-if-changed={CONTRACT}");
    tonic_prost_build::configure()
        .build_server(false)
        .include_file("stubs.rs")
        .compile_protos(&[&files[..], &[errors]].concat(), &[CONTRACT.into(), GOOGLE.into()])
}
