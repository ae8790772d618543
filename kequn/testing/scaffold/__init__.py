"""The plugin that `kequn plugin new` writes. It stands here as `acme`, a plugin for a CRM that does not exist, and is
checked and tested as it stands; a copy of it gets another name."""
