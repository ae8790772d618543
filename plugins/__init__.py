"""The plugins that come with the checkout, by module name. They load through the same door as anybody else's."""

BUILT_IN = ("plugins.zoho", "plugins.fxiaoke", "plugins.jiandaoyun")
