"""What a plugin implements and is given. Plugins import from here and from nowhere else in kequn."""
