"""What can be asked about consent, privacy acts and periods of retention: a part of the catalogue."""

from kequn.store.tables import PrivacyAct, PurposeConsent, RetentionRule
from kequn.store.where import Catalogue, Noun, Relation

NOUNS: Catalogue = {
    "purpose_consent": Noun(PurposeConsent, {"customer": Relation("customer", "customer_id", "id")}),
    "privacy_act": Noun(PrivacyAct, {"customer": Relation("customer", "customer_id", "id")}),
    "retention_rule": Noun(RetentionRule),
}
