//! A host asks for the extensions of a trait that is no extension point.

trait Point: Send + Sync {}

fn list<P: keyway::ExtensionPoint + ?Sized>() {}

fn main() {
    list::<dyn Point>();
}
