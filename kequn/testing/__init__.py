"""What plugin authors test with: emulators, a memory CRM, the conformance kit, simulations."""
