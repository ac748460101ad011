from otfbench.testing import FormatContract


class TestParquet(FormatContract):
    name = "parquet"

    def test_x(self, unadapted):
        print(unadapted)
