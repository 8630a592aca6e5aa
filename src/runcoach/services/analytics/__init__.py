"""Analytics jobs: figures of one activity from its samples, and the loads that follow from them."""
