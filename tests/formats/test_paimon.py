from otfbench.testing import FormatContract


class TestPaimon(FormatContract):
    name = "paimon"

    def test_x(self, unadapted):
        print(unadapted)
