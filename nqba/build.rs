//! Makes sure that the dashboard's folder exists, so that the workspace compiles before the dashboard is built.

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../dashboard/dist");
    std::fs::create_dir_all("../dashboard/dist")
}
