from otfbench.testing import FormatContract


class TestIceberg(FormatContract):
    name = "iceberg"

    def test_x(self, unadapted):
        print(unadapted)
