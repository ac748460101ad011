from otfbench.testing import FormatContract


class TestHudi(FormatContract):
    name = "hudi"

    def test_x(self, unadapted):
        print(unadapted)
