from otfbench.testing import FormatContract


class TestDelta(FormatContract):
    name = "delta"

    def test_x(self, unadapted):
        print(unadapted)
