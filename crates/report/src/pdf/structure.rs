//! The structure tree: what every part of a page is, in reading order, for screen readers.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};

use super::layout::{Fragment, Role, Writer};
use super::write::unicode;

/// The name of a part's marked content, which is also the kind of its element.
pub(super) fn tag(role: &Role) -> &'static str {
    match role {
        Role::Heading(1) => "H1",
        Role::Heading(2) => "H2",
        Role::Heading(_) => "H3",
        Role::Paragraph => "P",
        Role::Item => "LBody",
        Role::Cell { header: true, .. } => "TH",
        Role::Cell { .. } => "TD",
        Role::Figure(_) => "Figure",
        Role::Artifact => "Artifact",
    }
}

/// Whether a part stands in the tree.
pub(super) fn is_content(fragment: &Fragment) -> bool {
    !matches!(fragment.role, Role::Artifact)
}

/// Writes the tree, and the links that the pages hold.
pub(super) fn write(document: &mut Document, writer: &Writer, pages: &[ObjectId]) {
    let root = document.new_object_id();
    let mut tree = Tree { document, elements: BTreeMap::new(), order: Vec::new() };
    let body = tree.element("Document", root);
    let mut parents: Vec<(i64, Object)> = Vec::new();
    let mut links: Vec<Annotation> = Vec::new();
    // The list, table and row that the next part may still belong to.
    let mut list: Option<ObjectId> = None;
    let mut table: Option<(usize, ObjectId)> = None;
    let mut line: Option<(usize, ObjectId)> = None;
    for (number, (page, fragments)) in pages.iter().zip(&writer.pages).enumerate() {
        let mut marked = Vec::new();
        for fragment in fragments.iter().filter(|fragment| is_content(fragment)) {
            if !matches!(fragment.role, Role::Item) {
                list = None;
            }
            let parent = match &fragment.role {
                Role::Item => {
                    let list = *list.get_or_insert_with(|| tree.element("L", body));
                    tree.element("LI", list)
                }
                Role::Cell { table: name, row, .. } => {
                    let (_, whole) = match table {
                        Some(open) if open.0 == *name => open,
                        _ => {
                            line = None;
                            *table.insert((*name, tree.element("Table", body)))
                        }
                    };
                    let (_, row) = match line {
                        Some(open) if open.0 == *row => open,
                        _ => *line.insert((*row, tree.element("TR", whole))),
                    };
                    row
                }
                _ => body,
            };
            let element = tree.element(tag(&fragment.role), parent);
            tree.set(element, "Pg", Object::Reference(*page));
            tree.kid(element, i64::try_from(marked.len()).unwrap_or(0).into());
            match &fragment.role {
                Role::Figure(alternative) => tree.set(element, "Alt", unicode(alternative)),
                Role::Cell { header: true, row, .. } => {
                    let scope: &[u8] = if *row == 0 { b"Column" } else { b"Row" };
                    let attributes = Dictionary::from_iter([
                        ("O", Object::Name(b"Table".to_vec())),
                        ("Scope", Object::Name(scope.to_vec())),
                    ]);
                    tree.set(element, "A", attributes.into());
                }
                _ => {}
            }
            marked.push(Object::Reference(element));
            if let Some((target, place)) = &fragment.link
                && let Some((page_to, y)) = writer.anchors.get(target)
                && let Some(page_to) = pages.get(*page_to)
            {
                let leads = tree.element("Link", element);
                let destination = (*page_to, writer.height - y + 6.0);
                links.push(Annotation { page: *page, place: *place, destination, element: leads });
            }
        }
        parents.push((i64::try_from(number).unwrap_or(0), Object::Array(marked)));
    }
    for link in &links {
        let key = i64::try_from(parents.len()).unwrap_or(0);
        let annotation = tree.annotation(link, key, writer.height);
        tree.set(link.element, "Pg", Object::Reference(link.page));
        let object = Dictionary::from_iter([
            ("Type", Object::Name(b"OBJR".to_vec())),
            ("Obj", Object::Reference(annotation)),
        ]);
        tree.kid(link.element, object.into());
        parents.push((key, Object::Reference(link.element)));
    }
    tree.finish();

    for (number, page) in pages.iter().enumerate() {
        if let Ok(page) = document.get_dictionary_mut(*page) {
            page.set("StructParents", i64::try_from(number).unwrap_or(0));
            page.set("Tabs", Object::Name(b"S".to_vec()));
        }
    }
    let next = i64::try_from(parents.len()).unwrap_or(0);
    let numbers = parents.into_iter().flat_map(|(key, value)| [Object::Integer(key), value]);
    let parent_tree =
        document.add_object(Dictionary::from_iter([("Nums", Object::Array(numbers.collect()))]));
    document.set_object(
        root,
        Dictionary::from_iter([
            ("Type", Object::Name(b"StructTreeRoot".to_vec())),
            ("K", Object::Array(vec![Object::Reference(body)])),
            ("ParentTree", Object::Reference(parent_tree)),
            ("ParentTreeNextKey", Object::Integer(next)),
        ]),
    );
    if let Ok(catalog) = document.catalog_mut() {
        catalog.set("StructTreeRoot", Object::Reference(root));
        catalog.set("MarkInfo", Dictionary::from_iter([("Marked", Object::Boolean(true))]));
    }
}

/// A link on a page.
struct Annotation {
    page: ObjectId,
    /// Left, top, width, height.
    place: [f32; 4],
    /// The page, and the height on it from below.
    destination: (ObjectId, f32),
    /// Its element.
    element: ObjectId,
}

/// Elements on their way into a document.
struct Tree<'a> {
    document: &'a mut Document,
    elements: BTreeMap<ObjectId, (Dictionary, Vec<Object>)>,
    order: Vec<ObjectId>,
}

impl Tree<'_> {
    fn element(&mut self, kind: &str, parent: ObjectId) -> ObjectId {
        let id = self.document.new_object_id();
        let dictionary = Dictionary::from_iter([
            ("Type", Object::Name(b"StructElem".to_vec())),
            ("S", Object::Name(kind.as_bytes().to_vec())),
            ("P", Object::Reference(parent)),
        ]);
        self.elements.insert(id, (dictionary, Vec::new()));
        self.order.push(id);
        self.kid(parent, Object::Reference(id));
        id
    }

    fn kid(&mut self, element: ObjectId, kid: Object) {
        if let Some((_, kids)) = self.elements.get_mut(&element) {
            kids.push(kid);
        }
    }

    fn set(&mut self, element: ObjectId, key: &str, value: Object) {
        if let Some((dictionary, _)) = self.elements.get_mut(&element) {
            dictionary.set(key, value);
        }
    }

    fn annotation(&mut self, link: &Annotation, key: i64, height: f32) -> ObjectId {
        let [left, top, width, tall] = link.place;
        let (page, y) = link.destination;
        let rectangle = [left, height - top - tall, left + width, height - top];
        let id = self.document.add_object(Dictionary::from_iter([
            ("Type", Object::Name(b"Annot".to_vec())),
            ("Subtype", Object::Name(b"Link".to_vec())),
            ("Rect", Object::Array(rectangle.map(Object::Real).to_vec())),
            ("Border", Object::Array(vec![0.into(), 0.into(), 0.into()])),
            ("F", Object::Integer(4)),
            ("StructParent", Object::Integer(key)),
            (
                "Dest",
                Object::Array(vec![
                    Object::Reference(page),
                    Object::Name(b"XYZ".to_vec()),
                    Object::Null,
                    Object::Real(y),
                    Object::Null,
                ]),
            ),
        ]));
        if let Ok(page) = self.document.get_dictionary_mut(link.page) {
            let mut all = match page.get(b"Annots") {
                Ok(Object::Array(all)) => all.clone(),
                _ => Vec::new(),
            };
            all.push(Object::Reference(id));
            page.set("Annots", Object::Array(all));
        }
        id
    }

    fn finish(self) {
        let Self { document, mut elements, order } = self;
        for id in order {
            if let Some((mut dictionary, kids)) = elements.remove(&id) {
                dictionary.set("K", Object::Array(kids));
                document.set_object(id, dictionary);
            }
        }
    }
}
