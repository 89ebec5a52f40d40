"""Economic and implementation evaluation: costs per person, cost beside effect, targets, caseload."""
