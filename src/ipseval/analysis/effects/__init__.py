"""Treatment against control: designs that never saw the outcome, effects, and the gate that judges them."""
